package escaped

// node is a part of a template.
type node struct {
	Kind nodeKind `json:"k"`
	Text string   `json:"t,omitempty"` // of text; the name of a template
	Pipe *pipe    `json:"p,omitempty"` // nil for a template without data
	List []node   `json:"l,omitempty"` // of if, with and range
	Else []node   `json:"e,omitempty"`
}

type nodeKind string

const (
	textNode     nodeKind = "text"
	valueNode    nodeKind = "value" // writes the value of its pipe, unless that declares variables
	ifNode       nodeKind = "if"
	withNode     nodeKind = "with"
	rangeNode    nodeKind = "range"
	templateNode nodeKind = "template"
)

// pipe is a pipeline: each command has the value of the one before as its last argument.
type pipe struct {
	Declare  []string    `json:"d,omitempty"` // variables
	Commands [][]operand `json:"c"`           // a value, or a function and its arguments
}

// operand is a value, or a function.
type operand struct {
	Kind  operandKind `json:"k"`
	Names []string    `json:"n,omitempty"` // of fields; of a variable and its fields; of a function
	Text  string      `json:"t,omitempty"`
	Int   int         `json:"i,omitempty"`
	True  bool        `json:"b,omitempty"`
	Pipe  *pipe       `json:"p,omitempty"`
}

type operandKind string

const (
	dotOperand      operandKind = "dot"
	fieldOperand    operandKind = "field"
	variableOperand operandKind = "variable"
	textOperand     operandKind = "text"
	intOperand      operandKind = "int"
	boolOperand     operandKind = "bool"
	pipeOperand     operandKind = "pipe"
	functionOperand operandKind = "function"
)
