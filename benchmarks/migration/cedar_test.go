package migration

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/batch"
)

var (
	//go:embed policy.cedar
	cedarPolicies []byte
	//go:embed entities.json
	cedarEntities []byte
)

func cedarScene() (*cedar.PolicySet, cedar.EntityMap) {
	policies, err := cedar.NewPolicySetFromBytes("policy.cedar", cedarPolicies)
	if err != nil {
		panic(err)
	}
	var entities cedar.EntityMap
	if err := json.Unmarshal(cedarEntities, &entities); err != nil {
		panic(err)
	}
	return policies, entities
}

func Example_cedar() {
	policies, entities := cedarScene()
	// snippet: cedar check
	may := func(member, action, program string) {
		decision, diagnostic := cedar.Authorize(policies, entities, cedar.Request{
			Principal: cedar.NewEntityUID("Member", cedar.String(member)),
			Action:    cedar.NewEntityUID("Action", cedar.String(action)),
			Resource:  cedar.NewEntityUID("MiniProgram", cedar.String(program)),
		})
		fmt.Println(decision, len(diagnostic.Errors))
	}
	may("bob", "miniprogram.release", "wallet/shop/mp-42")
	may("bob", "miniprogram.release", "wallet/shop/mp-7")
	may("ann", "miniprogram.view", "wallet/shop/mp-7")
	may("eve", "report.export", "wallet/shop/mp-7")
	// end

	// Output:
	// allow 0
	// deny 0
	// allow 0
	// allow 0
}

func Example_cedarList() {
	policies, entities := cedarScene()
	// snippet: cedar list
	asked := batch.Request{
		Principal: cedar.NewEntityUID("Member", "bob"),
		Action:    cedar.NewEntityUID("Action", "miniprogram.view"),
		Resource:  batch.Variable("program"),
		Context:   cedar.Record{},
		Variables: batch.Variables{"program": {
			cedar.NewEntityUID("MiniProgram", "wallet/shop/mp-42"),
			cedar.NewEntityUID("MiniProgram", "wallet/shop/mp-7"),
		}},
	}
	err := batch.Authorize(context.Background(), policies, entities, asked, func(r batch.Result) error {
		fmt.Println(r.Request.Resource.ID, r.Decision)
		return nil
	})
	fmt.Println(err)
	// end

	// Output:
	// wallet/shop/mp-42 allow
	// wallet/shop/mp-7 deny
	// <nil>
}

func Example_cedarExplain() {
	policies, entities := cedarScene()
	// snippet: cedar explain
	_, diagnostic := cedar.Authorize(policies, entities, cedar.Request{
		Principal: cedar.NewEntityUID("Member", "bob"),
		Action:    cedar.NewEntityUID("Action", "miniprogram.release"),
		Resource:  cedar.NewEntityUID("MiniProgram", "wallet/shop/mp-42"),
	})
	fmt.Println(diagnostic.Reasons[0].PolicyID)
	// end

	// Output:
	// policy2
}
