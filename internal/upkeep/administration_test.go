package upkeep_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// The code of docs/administration.md, and what it prints.

// snippet: scene
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")

	ann = active("ann", wallet, rbac.Assignment{Role: rbac.WorkspaceAdmin})
	sue = active("sue", shop, rbac.Assignment{Role: rbac.DeveloperAdmin})
	dev = active("dev", shop, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}})
)

// active returns a member as a host loads one.
func active(id string, workspace rbac.Workspace, assignments ...rbac.Assignment) rbac.Member {
	return rbac.Member{ID: id, Workspace: workspace, Status: rbac.StatusActive, Assignments: assignments}
}

// end

// report prints an error that nobody expects.
func report(err error) {
	if err != nil {
		fmt.Println(err)
	}
}

func Example_step() {
	block := func(store func(rbac.Member) error) error {
		// snippet: step
		blocked, err := rbac.Default().Bind(sue).Block(dev)
		if err != nil {
			return err // a *rbac.DeniedError or a *rbac.StatusError: store nothing
		}
		return store(blocked)
		// end
	}
	fmt.Println(block(func(m rbac.Member) error {
		fmt.Println(m.ID, m.Status)
		return nil
	}))
	// Output:
	// dev blocked
	// <nil>
}

func Example_button() {
	// snippet: button
	_, err := rbac.Default().Bind(dev).Block(sue)
	fmt.Println("show the button:", err == nil)
	for role := range rbac.Default().Bind(sue).Assignable(dev) {
		fmt.Println("offer the role", role)
	}
	// end

	// Output:
	// show the button: false
	// offer the role developer
	// offer the role developer_admin
	// offer the role operator
}

func Example_programs() {
	show := func() error {
		// snippet: programs
		held := dev.Assignments[0]
		next := held
		next.MiniPrograms = []string{"mp-42", "mp-43"}
		more, err := rbac.Default().Bind(sue).Replace(dev, held, next)
		if err != nil {
			return err
		}
		fmt.Println(more.Assignments[0].MiniPrograms)
		// end
		return nil
	}
	report(show())
	// Output:
	// [mp-42 mp-43]
}

func Example_delegated() {
	// snippet: delegated
	fay := active("fay", shop, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-42"}})
	held, without := dev.Assignments[0], rbac.Assignment{Role: rbac.Developer}
	_, err := rbac.Default().Bind(fay).Revoke(dev, held)
	fmt.Println("take the role:", err)
	_, err = rbac.Default().Bind(fay).Replace(dev, held, without)
	fmt.Println("take mp-42:", err)
	// end

	// Output:
	// take the role: rbac: member.set_role denied: none of the member's roles grants it
	// take mp-42: <nil>
}

func Example_missing() {
	// snippet: missing
	lead := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{{
		ID: "team_lead", Kind: rbac.KindDeveloper,
		Permissions: rbac.Permissions{rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.ViewMetrics: rbac.ScopeWorkspace},
	}}}))
	lea := active("lea", shop, rbac.Assignment{Role: "team_lead"})
	_, err := lead.Bind(lea).Assign(active("new", shop), rbac.Assignment{Role: rbac.Operator})
	var denied *rbac.DeniedError
	if errors.As(err, &denied) {
		fmt.Println(denied.Reason, denied.Missing[rbac.ViewTransactions])
	}
	// end

	// Output:
	// not_covered workspace
}

func Example_firstAdmin() {
	invite := func() (rbac.Member, error) {
		// snippet: first admin
		policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
			Extend:      map[rbac.RoleID]rbac.Permissions{rbac.WorkspaceAdmin: {rbac.InviteMember: rbac.ScopeTenant}},
			Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {rbac.DeveloperAdmin}},
		})
		if err != nil {
			return rbac.Member{}, err
		}
		mill := wallet.Developer("mill") // a new merchant
		return policy.Bind(ann).Invite("mia", mill, rbac.Assignment{Role: rbac.DeveloperAdmin})
		// end
	}
	mia, err := invite()
	fmt.Println(mia.ID, mia.Status, mia.Workspace.ID, err)
	// Output:
	// mia invited mill <nil>
}

func Example_transfer() {
	transfer := func() error {
		// snippet: transfer
		policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
			Roles: []rbac.Role{{ID: "owner", Kind: rbac.KindTenant, Permissions: rbac.Permissions{
				rbac.SetMemberRole: rbac.ScopeWorkspace,
				rbac.BlockMember:   rbac.ScopeWorkspace,
			}}},
			Administers: map[rbac.RoleID][]rbac.RoleID{"owner": {"owner", rbac.WorkspaceAdmin}},
			AtLeast:     map[rbac.RoleID]int{"owner": 1},
			AtMost:      map[rbac.RoleID]int{"owner": 1},
		})
		if err != nil {
			return err
		}
		owner := rbac.Assignment{Role: "owner"}
		olga := active("olga", wallet, owner)
		before := []rbac.Member{olga, ann}

		next, err := policy.Bind(olga).Assign(ann, owner)
		if err != nil {
			return err
		}
		last, err := policy.Bind(next).Revoke(olga, owner)
		if err != nil {
			return err
		}
		after := []rbac.Member{last, next}
		return policy.ValidateChange(wallet, slices.Values(before), slices.Values(after))
		// end
	}
	fmt.Println(transfer())
	// Output: <nil>
}

func Example_peopleManager() {
	show := func() error {
		// snippet: people manager
		policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
			Roles: []rbac.Role{{ID: "people_manager", Kind: rbac.KindTenant, Permissions: rbac.Permissions{
				rbac.InviteMember:       rbac.ScopeWorkspace,
				rbac.SetMemberRole:      rbac.ScopeWorkspace,
				rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
			}}},
			Administers: map[rbac.RoleID][]rbac.RoleID{
				"people_manager":    {rbac.WorkspaceDeveloper, rbac.WorkspaceOperator},
				rbac.WorkspaceAdmin: {"people_manager"},
			},
		})
		if err != nil {
			return err
		}
		hana := policy.Bind(active("hana", wallet, rbac.Assignment{Role: "people_manager"}))
		dan := active("dan", wallet)
		for _, role := range []rbac.RoleID{rbac.WorkspaceDeveloper, rbac.WorkspaceAdmin, "people_manager"} {
			_, err := hana.Assign(dan, rbac.Assignment{Role: role, MiniPrograms: []string{"mp-1"}})
			fmt.Println(role, err == nil)
		}
		fmt.Println(hana.Can(rbac.ReleaseMiniProgram, wallet.MiniProgram("mp-1")))
		// end
		return errors.Join(warningsOf(policy)...)
	}
	report(show())
	// Output:
	// workspace_developer true
	// workspace_admin false
	// people_manager false
	// false
}

// warningsOf returns the warnings as errors.
func warningsOf(policy *rbac.Policy) (problems []error) {
	for _, warning := range policy.Warnings() {
		problems = append(problems, errors.New(warning.String()))
	}
	return problems
}

var monday = time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC)

func Example_actingAdmin() {
	show := func() error {
		// snippet: acting admin
		friday := monday.AddDate(0, 0, 4)
		acting, err := rbac.Default().BindAt(monday, sue).Assign(active("kim", shop),
			rbac.Assignment{Role: rbac.DeveloperAdmin, NotAfter: friday})
		if err != nil {
			return err
		}
		kim := rbac.Default().BindAt(monday, acting)
		_, err = kim.Block(dev)
		fmt.Println("block a permanent member:", err == nil)
		_, err = kim.Assign(dev, rbac.Assignment{Role: rbac.Operator, NotAfter: friday})
		fmt.Println("give a role until Friday:", err == nil)
		_, err = kim.Assign(dev, rbac.Assignment{Role: rbac.Operator})
		fmt.Println("give a role without end:", err == nil)
		_, err = kim.Delete(dev)
		fmt.Println("delete a permanent member:", err == nil)
		// end
		return nil
	}
	report(show())
	// Output:
	// block a permanent member: true
	// give a role until Friday: true
	// give a role without end: false
	// delete a permanent member: false
}

func Example_holiday() {
	show := func() error {
		// snippet: holiday
		away := rbac.Assignment{
			Role: rbac.Developer, MiniPrograms: []string{"mp-42"},
			NotBefore: monday, NotAfter: monday.AddDate(0, 0, 14),
		}
		stand, err := rbac.Default().BindAt(monday.AddDate(0, 0, -7), sue).Assign(active("stan", shop), away)
		if err != nil {
			return err
		}
		for _, day := range []int{-1, 0, 13, 14} {
			subject := rbac.Default().BindAt(monday.AddDate(0, 0, day), stand)
			fmt.Println(day, subject.Can(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42")))
		}
		// end
		return nil
	}
	report(show())
	// Output:
	// -1 false
	// 0 true
	// 13 true
	// 14 false
}

func Example_creator() {
	show := func() error {
		// snippet: creator
		policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
			Extend: map[rbac.RoleID]rbac.Permissions{rbac.WorkspaceDeveloper: {
				rbac.ListMiniPrograms: rbac.ScopeOwn, rbac.ViewMiniProgram: rbac.ScopeOwn, rbac.EditMiniProgram: rbac.ScopeOwn,
			}},
		})
		if err != nil {
			return err
		}
		dan := policy.Bind(active("dan", wallet, rbac.Assignment{Role: rbac.WorkspaceDeveloper}))
		fmt.Println(dan.Can(rbac.CreateMiniProgram, wallet.Resource()))
		created := wallet.MiniProgram("mp-9").OwnedBy("dan") // the host stores who created it
		fmt.Println(dan.Can(rbac.EditMiniProgram, created), dan.Can(rbac.ReleaseMiniProgram, created))
		// end
		return nil
	}
	report(show())
	// Output:
	// true
	// true false
}

func Example_leave() {
	leave := func(members []rbac.Member) error {
		// snippet: leave
		gone, err := sue.Delete() // the method of Member checks no authority
		if err != nil {
			return err
		}
		after := []rbac.Member{gone, dev}
		return rbac.Default().ValidateChange(shop, slices.Values(members), slices.Values(after))
		// end
	}
	var problem *rbac.ValidationError
	fmt.Println(errors.As(leave([]rbac.Member{sue, dev}), &problem))
	fmt.Println(problem.Problem)
	// Output:
	// true
	// 0 active holders of role "developer_admin", and at least 1 are needed
}

func Example_warnings() {
	show := func() error {
		// snippet: warnings
		policy, err := rbac.New(rbac.Defaults(), rbac.Spec{
			Actions: map[rbac.Action]rbac.Target{"report.export": rbac.OnMiniProgram},
			Roles: []rbac.Role{{
				ID: "auditor", Kind: rbac.KindTenant,
				Permissions: rbac.Permissions{"report.export": rbac.ScopeTenant},
			}},
		})
		if err != nil {
			return err
		}
		for _, warning := range policy.Warnings() {
			fmt.Println(warning.Problem)
		}
		// end
		return nil
	}
	report(show())
	// Output:
	// nobody may give, take or block role "auditor": those who may set roles there lack report.export: tenant
}

// cashier is a role of the shop's own.
var cashier = rbac.Role{
	ID: "cashier", Kind: rbac.KindDeveloper, Name: "Cashier",
	Permissions: rbac.Permissions{rbac.ViewTransactions: rbac.ScopeWorkspace},
}

func Example_ownRoles() {
	show := func() error {
		// snippet: own roles
		policy, err := rbac.Default().With(rbac.Spec{}) // the shop has no roles of its own yet
		if err != nil {
			return err
		}
		changed, err := policy.Bind(sue).Define(rbac.Role{
			ID: "cashier", Kind: rbac.KindDeveloper, Name: "Cashier",
			Permissions: rbac.Permissions{rbac.ViewTransactions: rbac.ScopeWorkspace},
		})
		if err != nil {
			return err
		}
		document, err := json.MarshalIndent(changed.Own(), "", "  ")
		if err != nil {
			return err
		}
		fmt.Println(string(document))
		// end
		return nil
	}
	report(show())
	// Output:
	// {
	//   "roles": [
	//     {
	//       "id": "cashier",
	//       "kind": "developer",
	//       "name": "Cashier",
	//       "permissions": {
	//         "analytics.view_transactions": [
	//           "workspace"
	//         ]
	//       },
	//       "workspace": {
	//         "id": "shop",
	//         "kind": "developer",
	//         "tenant": "wallet"
	//       }
	//     }
	//   ]
	// }
}

// snippet: policy of
// policyOf returns the policy of a workspace that has stored these roles.
func policyOf(platform *rbac.Policy, document []byte) (*rbac.Policy, error) {
	own, err := rbac.ParseSpec(document)
	if err != nil {
		return nil, err
	}
	return platform.With(own)
}

// end

func Example_policyOf() {
	for _, document := range []string{
		`{}`,
		`{"roles": [{"id": "developer", "kind": "developer"}]}`, // the platform has this role by now
	} {
		policy, err := policyOf(rbac.Default(), []byte(document))
		fmt.Println(policy.Can(sue, rbac.ViewMetrics, shop.MiniProgram("mp-42")), err)
	}
	// Output:
	// true <nil>
	// false rbac: roles[0]: role "developer" is defined twice; give it another id, or use extend to add permissions
}

func Example_compareAndSet() {
	stored := rbac.Must(rbac.Default().With(rbac.Spec{}))
	show := func(fingerprint string, store func(*rbac.Policy) error, members []rbac.Member) error {
		// snippet: compare and set
		if stored.Fingerprint() != fingerprint {
			return errors.New("the roles have changed since you opened the page")
		}
		changed, err := stored.Bind(sue).Define(cashier)
		if err != nil {
			return err
		}
		if err := changed.ValidateWorkspace(shop, slices.Values(members)); err != nil {
			return err
		}
		return store(changed)
		// end
	}
	store := func(changed *rbac.Policy) error {
		stored = changed
		return nil
	}
	page := stored.Fingerprint()
	fmt.Println(show(page, store, []rbac.Member{sue}))
	fmt.Println(show(page, store, []rbac.Member{sue}))
	// Output:
	// <nil>
	// the roles have changed since you opened the page
}

func Example_undefine() {
	members := []rbac.Member{sue, active("cas", shop, rbac.Assignment{Role: "cashier"})}
	policy := rbac.Must(rbac.Must(rbac.Default().With(rbac.Spec{})).Bind(sue).Define(cashier))
	remove := func() error {
		// snippet: undefine
		changed, err := policy.Bind(sue).Undefine("cashier")
		if err != nil {
			return err
		}
		return changed.ValidateWorkspace(shop, slices.Values(members)) // nil: store changed.Own()
		// end
	}
	fmt.Println(remove())
	members = members[:1]
	fmt.Println(remove())
	// Output:
	// rbac: members["cas"].assignments[0].role: unknown role "cashier"; define it in the policy
	// <nil>
}

func Example_tryLayers() {
	everybodys := rbac.Role{ID: "cashier", Kind: rbac.KindDeveloper}
	next := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{everybodys}}))
	try := func(layers map[string]rbac.Spec) error {
		// snippet: try layers
		var problems []error
		for workspace, own := range layers {
			if _, err := next.With(own); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", workspace, err))
			}
		}
		return errors.Join(problems...)
		// end
	}
	fmt.Println(try(map[string]rbac.Spec{"shop": {Roles: []rbac.Role{cashier}}, "cafe": {}}))
	// Output:
	// shop: rbac: roles[0]: role "cashier" is defined twice; give it another id, or use extend to add permissions
}

func Example_across() {
	base := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Extend:      map[rbac.RoleID]rbac.Permissions{rbac.WorkspaceAdmin: {rbac.InviteMember: rbac.ScopeTenant}},
		Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {rbac.DeveloperAdmin}},
	}))
	ofShop := rbac.Must(rbac.Must(base.With(rbac.Spec{})).Bind(sue).Define(cashier))
	cafe := wallet.Developer("cafe")
	ofCafe := rbac.Must(base.With(rbac.Spec{}))
	cleo := active("cleo", cafe, rbac.Assignment{Role: rbac.DeveloperAdmin})
	_, err := ofShop.Bind(sue).Invite("cas", shop, rbac.Assignment{Role: "cashier"})
	fmt.Println(err)
	_, err = ofCafe.Bind(cleo).Invite("carl", cafe, rbac.Assignment{Role: "cashier"})
	fmt.Println(err)
	_, err = ofShop.Bind(cleo).Invite("carl", cafe, rbac.Assignment{Role: "cashier"})
	fmt.Println(err)
	// snippet: across
	_, err = ofShop.Bind(ann).Invite("sam", shop, rbac.Assignment{Role: rbac.DeveloperAdmin})
	// end
	fmt.Println(err)
	// Output:
	// <nil>
	// rbac: member.invite denied: the role is unknown
	// rbac: member.invite denied: the role is unknown
	// <nil>
}

func Example_suspended() {
	row := struct{ suspended bool }{true}
	// snippet: suspended
	loaded := sue
	loaded.Suspended = row.suspended // a column of the workspace's row
	fmt.Println(rbac.Default().Check(loaded, rbac.ReleaseMiniProgram, shop.MiniProgram("mp-42")).Reason)
	fmt.Println(rbac.Default().Check(ann, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")).Reason)
	// end

	// Output:
	// suspended
	// granted
}

func Example_validateChange() {
	kim := active("kim", shop, rbac.Assignment{Role: rbac.DeveloperAdmin})
	before := []rbac.Member{sue, kim, dev}
	validate := func(target rbac.Member, store func(rbac.Member) error, load func() []rbac.Member) error {
		// snippet: validate change
		changed, err := rbac.Default().Bind(sue).Block(target)
		if err != nil {
			return err
		}
		if err := store(changed); err != nil {
			return err
		}
		after := load() // all members of the workspace, in the same transaction
		return rbac.Default().ValidateChange(shop, slices.Values(before), slices.Values(after))
		// end
	}
	stored := slices.Clone(before)
	store := func(m rbac.Member) error {
		stored[slices.IndexFunc(stored, func(s rbac.Member) bool { return s.ID == m.ID })] = m
		return nil
	}
	fmt.Println(validate(kim, store, func() []rbac.Member { return stored }))
	fmt.Println(stored[1].Status)
	// Output:
	// <nil>
	// blocked
}
