package main

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/miniprogram-platform/rbac"
)

//go:embed opa_policy.rego
var opaPolicy string

// opaEngine asks OPA in process. The queries are prepared once, the store keeps its data in the evaluator's own
// representation, and the input is parsed beforehand.
type opaEngine struct {
	store   storage.Store
	allow   rego.PreparedEvalQuery
	visible rego.PreparedEvalQuery
}

func newOPA(u *universe) (engine, error) {
	data := map[string]any{
		"members":  map[string]any{},
		"grants":   opaGrants(u.spec),
		"targets":  opaTargets(u.spec),
		"programs": opaPrograms(u),
	}
	store := inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true), inmem.OptRoundTripOnWrite(false))
	o := &opaEngine{store: store}
	var err error
	if o.allow, err = o.query("data.rbac.allow"); err != nil {
		return nil, err
	}
	if o.visible, err = o.query("data.rbac.visible"); err != nil {
		return nil, err
	}
	return o, nil
}

func (o *opaEngine) name() string { return opaName }
func (o *opaEngine) close() error { return nil }

func (o *opaEngine) query(text string) (rego.PreparedEvalQuery, error) {
	module := rego.Module("rbac.rego", opaPolicy)
	q, err := rego.New(rego.Query(text), module, rego.Store(o.store)).PrepareForEval(context.Background())
	if err != nil {
		return q, fmt.Errorf("opa: prepare %s: %w", text, err)
	}
	return q, nil
}

// opaGrants has roles, actions and scopes as keys of objects, so that a check is lookups.
func opaGrants(spec rbac.Spec) map[string]any {
	roles := map[string]any{}
	for _, g := range grants(spec) {
		inside(inside(roles, string(g.role)), string(g.action))[scopeNames[g.scope]] = true
	}
	return roles
}

func inside(outer map[string]any, key string) map[string]any {
	inner, ok := outer[key].(map[string]any)
	if !ok {
		inner = map[string]any{}
		outer[key] = inner
	}
	return inner
}

func opaTargets(spec rbac.Spec) map[string]any {
	targets := map[string]any{}
	for action, target := range spec.Actions {
		for _, kind := range targetKinds(target) {
			inside(targets, string(action))[kind] = true
		}
	}
	return targets
}

// opaPrograms has the mini programs at each place. OPA's guide to performance recommends such an index over a search.
func opaPrograms(u *universe) map[string]any {
	programs := map[string]any{}
	for _, p := range u.programs {
		name := programKey(p.Workspace, p.MiniProgram)
		for scope, place := range opaPlaces(p) {
			inside(inside(programs, scope), place)[name] = true
		}
	}
	return programs
}

// opaPlaces says where a resource is, for each scope that can reach it.
func opaPlaces(r rbac.Resource) map[string]string {
	workspace := kindOf(r.Workspace) + "/" + workspaceKey(r.Workspace)
	at := map[string]string{"tenant": r.Workspace.Tenant, "workspace": workspace}
	if r.MiniProgram != "" {
		at["assigned"] = programKey(r.Workspace, r.MiniProgram)
	}
	if r.Owner != "" {
		at["own"] = workspace + " " + r.Owner
	}
	return at
}

// add writes all members as one document. To write one after the other takes far longer, because the store copies the
// object to which it adds.
func (o *opaEngine) add(members []rbac.Member) error {
	documents := map[string]any{}
	for _, m := range members {
		documents[m.ID] = opaMember(m)
	}
	err := storage.WriteOne(context.Background(), o.store, storage.AddOp, storage.Path{"members"}, documents)
	if err != nil {
		return fmt.Errorf("opa: %d members: %w", len(members), err)
	}
	return nil
}

var statusNames = map[rbac.Status]string{
	rbac.StatusInvited: "invited", rbac.StatusActive: "active", rbac.StatusBlocked: "blocked",
	rbac.StatusWithdrawn: "withdrawn", rbac.StatusDeleted: "deleted",
}

func opaMember(m rbac.Member) map[string]any {
	var assignments []any
	for _, as := range m.Assignments {
		assignments = append(assignments, map[string]any{"role": string(as.Role), "reach": opaReach(m, as)})
	}
	return map[string]any{"status": statusNames[m.Status], "assignments": assignments}
}

func opaReach(m rbac.Member, as rbac.Assignment) map[string]any {
	reach := map[string]any{}
	at := opaPlaces(m.Workspace.Resource().OwnedBy(m.ID))
	inside(reach, "workspace")[at["workspace"]] = true
	inside(reach, "own")[at["own"]] = true
	if m.Workspace.Kind == rbac.KindTenant {
		inside(reach, "tenant")[at["tenant"]] = true
	}
	for _, id := range as.MiniPrograms {
		inside(reach, "assigned")[programKey(m.Workspace, id)] = true
	}
	return reach
}

func opaInput(q request) (ast.Value, error) {
	return ast.InterfaceToValue(map[string]any{
		"member": q.Member.ID, "action": string(q.Action), "kind": targetKind(q.Resource), "at": opaPlaces(q.Resource),
	})
}

// With these options an evaluation measures no times, and starts no goroutine that waits for its context to end.
var (
	opaUnmetered = rego.EvalMetrics(metrics.NoOp())
	opaUnwatched = rego.EvalExternalCancel(topdown.NewCancel())
)

func (o *opaEngine) prepare(mix []request) (sweep, error) {
	asked := make([]ast.Value, len(mix))
	for i, q := range mix {
		var err error
		if asked[i], err = opaInput(q); err != nil {
			return nil, fmt.Errorf("opa: input %d: %w", i, err)
		}
	}
	return func(first, count int) (int, error) {
		ctx := context.Background()
		allowed := 0
		for i, input := range asked[first : first+count] {
			answers, err := o.allow.Eval(ctx, rego.EvalParsedInput(input), opaUnmetered, opaUnwatched)
			if err != nil {
				return allowed, fmt.Errorf("opa: request %d: %w", first+i, err)
			}
			if answers.Allowed() {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// list is one evaluation of a rule that collects the mini programs.
func (o *opaEngine) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	input, err := ast.InterfaceToValue(map[string]any{"member": m.ID, "action": string(a)})
	if err != nil {
		return nil, fmt.Errorf("opa: input of the list: %w", err)
	}
	return func() ([]string, error) {
		answers, err := o.visible.Eval(context.Background(),
			rego.EvalParsedInput(input), rego.EvalSortSets(false), opaUnmetered, opaUnwatched)
		if err != nil {
			return nil, fmt.Errorf("opa: list: %w", err)
		}
		return opaNames(answers)
	}, nil
}

func opaNames(answers rego.ResultSet) ([]string, error) {
	if len(answers) != 1 || len(answers[0].Expressions) != 1 {
		return nil, fmt.Errorf("opa: list: want one answer, got %d", len(answers))
	}
	values, ok := answers[0].Expressions[0].Value.([]any)
	if !ok {
		return nil, fmt.Errorf("opa: list: not a list but %T", answers[0].Expressions[0].Value)
	}
	names := make([]string, len(values))
	for i, v := range values {
		if names[i], ok = v.(string); !ok {
			return nil, fmt.Errorf("opa: list: not a name but %T", v)
		}
	}
	return names, nil
}
