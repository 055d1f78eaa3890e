package escaped

// Template is a template that html/template has escaped.
type Template struct {
	Name  string
	Nodes []Node
}

// Node is a part of a template.
type Node struct {
	Kind nodeKind
	Text string // of text; the name of a template
	Pipe Pipe   // without commands for a template without data
	List []Node // of if, with and range
	Else []Node
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

// Pipe is a pipeline: each command has the value of the one before as its last argument.
type Pipe struct {
	Declare  []string    // variables
	Commands [][]Operand // a value, or a function and its arguments
}

// Operand is a value, or a function.
type Operand struct {
	Kind  operandKind
	Names []string // of fields; of a variable and its fields; of a function
	Text  string
	Int   int
	True  bool
	Pipe  Pipe
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
