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

// opaEngine asks OPA in process: a query prepared once, over a store that keeps its
// data as the evaluator wants it, with input that was parsed before.
type opaEngine struct {
	store   storage.Store
	allow   rego.PreparedEvalQuery
	visible rego.PreparedEvalQuery
}

func newOPA(u *universe) (engine, error) {
	data := map[string]any{"members": map[string]any{}, "grants": opaGrants(u.spec), "targets": opaTargets(u.spec), "programs": opaPrograms(u)}
	o := &opaEngine{store: inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true), inmem.OptRoundTripOnWrite(false))}
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
	q, err := rego.New(rego.Query(text), rego.Module("rbac.rego", opaPolicy), rego.Store(o.store)).PrepareForEval(context.Background())
	if err != nil {
		return q, fmt.Errorf("opa: prepare %s: %w", text, err)
	}
	return q, nil
}

// opaGrants is role, action, scope: objects all the way, so that a check is lookups.
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

// opaPrograms names the mini programs at each place: an index, which OPA's guide to
// performance recommends over a search.
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

// opaPlaces says where a resource is, for each scope that it can be reached in.
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

// add writes all members as one document: member by member takes the store far longer,
// since it copies the object that it adds to.
func (o *opaEngine) add(members []rbac.Member) error {
	documents := map[string]any{}
	for _, m := range members {
		documents[m.ID] = opaMember(m)
	}
	if err := storage.WriteOne(context.Background(), o.store, storage.AddOp, storage.Path{"members"}, documents); err != nil {
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
		"member": q.member.ID, "action": string(q.action), "kind": targetKind(q.resource), "at": opaPlaces(q.resource),
	})
}

// By these an evaluation takes no times of its own, and starts no goroutine that waits
// for its context to end.
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
		answers, err := o.visible.Eval(context.Background(), rego.EvalParsedInput(input), rego.EvalSortSets(false), opaUnmetered, opaUnwatched)
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
		return nil, fmt.Errorf("opa: list: %T is no list", answers[0].Expressions[0].Value)
	}
	names := make([]string, len(values))
	for i, v := range values {
		if names[i], ok = v.(string); !ok {
			return nil, fmt.Errorf("opa: list: %T is no name", v)
		}
	}
	return names, nil
}
