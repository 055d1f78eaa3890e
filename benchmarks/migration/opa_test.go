package migration

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

var (
	//go:embed policy.rego
	opaPolicy string
	//go:embed data.json
	opaData []byte
)

func opaScene(query string) rego.PreparedEvalQuery {
	q, err := rego.New(
		rego.Query(query),
		rego.Module("policy.rego", opaPolicy),
		rego.Store(inmem.NewFromReader(bytes.NewReader(opaData))),
	).PrepareForEval(context.Background())
	if err != nil {
		panic(err)
	}
	return q
}

func Example_opa() {
	allow := opaScene("data.migration.allow")
	// snippet: opa check
	may := func(member, action, program string) {
		answers, err := allow.Eval(context.Background(), rego.EvalInput(map[string]any{
			"member": member, "action": action,
			"at": map[string]any{"tenant": "wallet", "workspace": "wallet/shop", "assigned": program},
		}))
		fmt.Println(answers.Allowed(), err)
	}
	may("bob", "miniprogram.release", "wallet/shop/mp-42")
	may("bob", "miniprogram.release", "wallet/shop/mp-7")
	may("ann", "miniprogram.view", "wallet/shop/mp-7")
	may("eve", "report.export", "wallet/shop/mp-7")
	// end

	// Output:
	// true <nil>
	// false <nil>
	// true <nil>
	// true <nil>
}

func Example_opaList() {
	visible := opaScene("data.migration.visible")
	// snippet: opa list
	answers, err := visible.Eval(context.Background(), rego.EvalInput(map[string]any{
		"member": "bob", "action": "miniprogram.view",
	}))
	fmt.Println(answers[0].Expressions[0].Value, err)
	// end

	// Output:
	// [wallet/shop/mp-42] <nil>
}
