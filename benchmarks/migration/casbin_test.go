package migration

import (
	"fmt"

	"github.com/casbin/casbin/v3"
)

func casbinScene() *casbin.Enforcer {
	e, err := casbin.NewEnforcer("casbin.conf", "casbin.csv")
	if err != nil {
		panic(err)
	}
	return e
}

func Example_casbin() {
	e := casbinScene()
	// snippet: casbin check
	for _, request := range [][]any{
		{"bob", "miniprogram.release", "tenant:wallet", "wallet/shop", "wallet/shop/mp-42"},
		{"bob", "miniprogram.release", "tenant:wallet", "wallet/shop", "wallet/shop/mp-7"},
		{"ann", "miniprogram.view", "tenant:wallet", "wallet/shop", "wallet/shop/mp-7"},
		{"eve", "report.export", "tenant:wallet", "wallet/shop", "wallet/shop/mp-7"},
	} {
		allowed, err := e.Enforce(request...)
		fmt.Println(allowed, err)
	}
	// end

	// Output:
	// true <nil>
	// false <nil>
	// true <nil>
	// true <nil>
}

func Example_casbinList() {
	e := casbinScene()
	// snippet: casbin list
	programs := []string{"wallet/shop/mp-42", "wallet/shop/mp-7"}
	var requests [][]any
	for _, program := range programs {
		requests = append(requests, []any{"bob", "miniprogram.view", "tenant:wallet", "wallet/shop", program})
	}
	allowed, err := e.BatchEnforce(requests)
	fmt.Println(allowed, err)
	// end

	// Output:
	// [true false] <nil>
}

func Example_casbinExplain() {
	e := casbinScene()
	// snippet: casbin explain
	allowed, rule, err := e.EnforceEx("bob", "miniprogram.release", "tenant:wallet", "wallet/shop", "wallet/shop/mp-42")
	fmt.Println(allowed, rule, err)
	// end

	// Output:
	// true [developer miniprogram.release assigned] <nil>
}
