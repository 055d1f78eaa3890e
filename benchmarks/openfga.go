package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage/memory"
	"google.golang.org/grpc"

	"github.com/miniprogram-platform/rbac"
)

// fgaBatch is how many tuples one write carries. It is larger than the default, so that a load is as fast as the
// store allows.
const fgaBatch = 5_000

const (
	fgaDeadline = time.Minute // long enough for every answer
	fgaCacheTTL = time.Hour   // no entry expires during the run
)

// fgaEngine asks an OpenFGA server in process, over its memory store. Only active members have tuples: OpenFGA has no
// status, so its users delete the tuples of a blocked member.
type fgaEngine struct {
	title     string
	server    *server.Server
	store     string
	model     string
	custom    map[rbac.RoleID]rbac.Workspace
	relations map[string]map[string]bool // what the model defines on each type
	usesOwner map[rbac.Action]bool
}

func newOpenFGA(u *universe) (engine, error) { return startFGA(u, fgaName) }

// newOpenFGACached adds the check cache that OpenFGA recommends for production. It may answer from before a change
// until the entry expires.
func newOpenFGACached(u *universe) (engine, error) {
	return startFGA(u, fgaCachedName,
		server.WithCheckQueryCacheEnabled(true),
		server.WithCheckCacheLimit(1_000_000),
		server.WithCheckQueryCacheTTL(fgaCacheTTL),
	)
}

func startFGA(u *universe, title string, options ...server.OpenFGAServiceV1Option) (engine, error) {
	options = append(options,
		server.WithDatastore(memory.New(memory.WithMaxTuplesPerWrite(fgaBatch))),
		server.WithMaxAuthorizationModelSizeInBytes(1<<20),
		server.WithListObjectsMaxResults(0),
		server.WithListObjectsDeadline(fgaDeadline),
		server.WithRequestTimeout(fgaDeadline),
	)
	s, err := server.NewServerWithOpts(options...)
	if err != nil {
		return nil, fmt.Errorf("openfga: server: %w", err)
	}
	f := &fgaEngine{title: title, server: s, custom: u.custom, usesOwner: map[rbac.Action]bool{}}
	if err := f.load(u); err != nil {
		s.Close()
		return nil, err
	}
	return f, nil
}

func (f *fgaEngine) name() string { return f.title }

func (f *fgaEngine) close() error {
	f.server.Close()
	return nil
}

func (f *fgaEngine) load(u *universe) error {
	for _, g := range grants(u.spec) {
		f.usesOwner[g.action] = f.usesOwner[g.action] || g.scope == rbac.ScopeOwn
	}
	if err := f.writeModel(u); err != nil {
		return err
	}
	return f.write(append(fgaPlaces(u), fgaCustomRoles(u)...))
}

func (f *fgaEngine) writeModel(u *universe) error {
	ctx := context.Background()
	store, err := f.server.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "benchmarks"})
	if err != nil {
		return fmt.Errorf("openfga: store: %w", err)
	}
	model, err := transformer.TransformDSLToProto(newFGAModel(u).text())
	if err != nil {
		return fmt.Errorf("openfga: model: %w", err)
	}
	written, err := f.server.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: store.GetId(), SchemaVersion: model.GetSchemaVersion(), TypeDefinitions: model.GetTypeDefinitions(),
	})
	if err != nil {
		return fmt.Errorf("openfga: write model: %w", err)
	}
	f.store, f.model, f.relations = store.GetId(), written.GetAuthorizationModelId(), map[string]map[string]bool{}
	for _, t := range model.GetTypeDefinitions() {
		f.relations[t.GetType()] = map[string]bool{}
		for relation := range t.GetRelations() {
			f.relations[t.GetType()][relation] = true
		}
	}
	return nil
}

// write writes tuples in batches. The store refuses a tuple that it already has.
func (f *fgaEngine) write(tuples []*openfgav1.TupleKey) error {
	for part := range slices.Chunk(tuples, fgaBatch) {
		_, err := f.server.Write(context.Background(), &openfgav1.WriteRequest{
			StoreId: f.store, AuthorizationModelId: f.model, Writes: &openfgav1.WriteRequestWrites{TupleKeys: part},
		})
		if err != nil {
			return fmt.Errorf("openfga: write %d tuples: %w", len(part), err)
		}
	}
	return nil
}

func fgaTuple(user, relation, object string) *openfgav1.TupleKey {
	return &openfgav1.TupleKey{User: user, Relation: relation, Object: object}
}

// fgaPlaces says to which tenant each workspace belongs, and to which workspace and tenant each mini program.
func fgaPlaces(u *universe) []*openfgav1.TupleKey {
	var tuples []*openfgav1.TupleKey
	for _, w := range u.workspaces {
		if w.Kind == rbac.KindDeveloper {
			tuples = append(tuples, fgaTuple(fgaTenant(w), "tenant", fgaWorkspace(w)))
		}
	}
	for _, p := range u.programs {
		object := fgaObject(p)
		tuples = append(tuples,
			fgaTuple(fgaWorkspace(p.Workspace), "workspace", object),
			fgaTuple(fgaTenant(p.Workspace), "tenant", object))
	}
	return tuples
}

// fgaCustomRoles says what each custom role may do in its workspace.
func fgaCustomRoles(u *universe) []*openfgav1.TupleKey {
	var tuples []*openfgav1.TupleKey
	for _, g := range grants(u.spec) {
		w, custom := u.custom[g.role]
		if !custom {
			continue
		}
		relation, role := fgaReach(g.action, g.scope), fgaRole(g.role)
		if g.scope == rbac.ScopeAssigned {
			tuples = append(tuples, fgaTuple("member:*", relation, role))
			continue
		}
		tuples = append(tuples, fgaTuple(role+"#assignee", relation, fgaWorkspace(w)))
	}
	return tuples
}

func fgaMember(id string) string           { return "member:" + id }
func fgaRole(id rbac.RoleID) string        { return "role:" + string(id) }
func fgaTenant(w rbac.Workspace) string    { return "tenant_workspace:" + w.Tenant }
func fgaWorkspace(w rbac.Workspace) string { return kindOf(w) + "_workspace:" + workspaceKey(w) }

func fgaObject(r rbac.Resource) string {
	if r.MiniProgram == "" {
		return fgaWorkspace(r.Workspace)
	}
	return "mini_program:" + programKey(r.Workspace, r.MiniProgram)
}

func (f *fgaEngine) add(members []rbac.Member) error {
	var tuples []*openfgav1.TupleKey
	for _, m := range members {
		if m.Status == rbac.StatusActive {
			tuples = append(tuples, f.held(m)...)
		}
	}
	return f.write(tuples)
}

func (f *fgaEngine) held(m rbac.Member) []*openfgav1.TupleKey {
	var tuples []*openfgav1.TupleKey
	for i, as := range m.Assignments {
		if _, custom := f.custom[as.Role]; custom {
			tuples = append(tuples, f.heldCustom(m, as, i)...)
			continue
		}
		tuples = append(tuples, fgaTuple(fgaMember(m.ID), string(as.Role), fgaWorkspace(m.Workspace)))
		for _, id := range as.MiniPrograms {
			program := fgaObject(m.Workspace.MiniProgram(id))
			tuples = append(tuples, fgaTuple(fgaMember(m.ID), "assigned_"+string(as.Role), program))
		}
	}
	return tuples
}

func (f *fgaEngine) heldCustom(m rbac.Member, as rbac.Assignment, i int) []*openfgav1.TupleKey {
	member, role := fgaMember(m.ID), fgaRole(as.Role)
	tuples := []*openfgav1.TupleKey{fgaTuple(member, "assignee", role)}
	if len(as.MiniPrograms) == 0 {
		return tuples
	}
	assignment := fmt.Sprintf("assignment:%s/%d", m.ID, i)
	tuples = append(tuples, fgaTuple(member, "holder", assignment), fgaTuple(role, "role", assignment))
	for _, id := range as.MiniPrograms {
		tuples = append(tuples, fgaTuple(assignment, "assignment", fgaObject(m.Workspace.MiniProgram(id))))
	}
	return tuples
}

// request is nil if the model does not define the relation on the type of the object, as for a wrong target. OpenFGA
// answers such a check with an error, so its users do not ask. A check that needs the owner has it as a contextual
// tuple.
func (f *fgaEngine) request(q request) *openfgav1.CheckRequest {
	object, relation := fgaObject(q.Resource), fgaCan(q.Action)
	kind, _, _ := strings.Cut(object, ":")
	if !f.relations[kind][relation] {
		return nil
	}
	asked := &openfgav1.CheckRequest{
		StoreId: f.store, AuthorizationModelId: f.model,
		TupleKey: &openfgav1.CheckRequestTupleKey{User: fgaMember(q.Member.ID), Relation: relation, Object: object},
	}
	if q.Resource.Owner != "" && f.usesOwner[q.Action] {
		asked.ContextualTuples = &openfgav1.ContextualTupleKeys{
			TupleKeys: []*openfgav1.TupleKey{fgaTuple(fgaMember(q.Resource.Owner), "owner", object)},
		}
	}
	return asked
}

func (f *fgaEngine) prepare(mix []request) (sweep, error) {
	asked := make([]*openfgav1.CheckRequest, len(mix))
	for i, q := range mix {
		asked[i] = f.request(q)
	}
	return func(first, count int) (int, error) {
		allowed := 0
		for i, q := range asked[first : first+count] {
			yes, err := f.check(q)
			if err != nil {
				return allowed, fmt.Errorf("openfga: request %d: %w", first+i, err)
			}
			if yes {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

func (f *fgaEngine) check(q *openfgav1.CheckRequest) (bool, error) {
	if q == nil {
		return false, nil
	}
	answer, err := f.server.Check(context.Background(), q)
	return answer.GetAllowed(), err
}

// list streams the objects, as OpenFGA recommends if there are many.
func (f *fgaEngine) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	asked := &openfgav1.StreamedListObjectsRequest{
		StoreId: f.store, AuthorizationModelId: f.model,
		Type: "mini_program", Relation: fgaCan(a), User: fgaMember(m.ID),
	}
	return func() ([]string, error) {
		stream := &fgaStream{}
		if err := f.server.StreamedListObjects(asked, stream); err != nil {
			return nil, fmt.Errorf("openfga: list: %w", err)
		}
		return stream.keys, nil
	}, nil
}

// fgaStream collects what the server sends.
type fgaStream struct {
	grpc.ServerStream
	keys []string
}

func (s *fgaStream) Context() context.Context { return context.Background() }

func (s *fgaStream) Send(r *openfgav1.StreamedListObjectsResponse) error {
	s.keys = append(s.keys, strings.TrimPrefix(r.GetObject(), "mini_program:"))
	return nil
}

// fgaModel writes the role table as an OpenFGA model. Default roles are relations, as OpenFGA recommends for roles
// that are known beforehand. A check asks for can_<action>, which is defined on the types that the action has as
// targets.
//
// Custom roles are objects, because a model cannot grow with them: a role object of a workspace for what reaches the
// workspace or the tenant, and an assignment object for what reaches assigned mini programs.
type fgaModel struct {
	spec   rbac.Spec
	rows   map[rbac.Action][]grant
	custom map[rbac.RoleID]rbac.Workspace
}

func newFGAModel(u *universe) *fgaModel {
	return &fgaModel{spec: u.spec, rows: byAction(grants(u.spec)), custom: u.custom}
}

// text is the model in OpenFGA's language.
func (f *fgaModel) text() string {
	var b strings.Builder
	b.WriteString("model\n  schema 1.1\n\ntype member\n")
	if len(f.custom) > 0 {
		f.customTypes(&b)
	}
	f.workspaceType(&b, "tenant", rbac.KindTenant, "")
	f.workspaceType(&b, "developer", rbac.KindDeveloper, "    define tenant: [tenant_workspace]\n")
	f.programType(&b)
	return b.String()
}

func (f *fgaModel) customTypes(b *strings.Builder) {
	b.WriteString("\ntype role\n  relations\n    define assignee: [member]\n")
	for _, a := range f.withCustom(rbac.ScopeAssigned) {
		fmt.Fprintf(b, "    define %s: [member:*]\n", fgaReach(a, rbac.ScopeAssigned))
	}
	b.WriteString("\ntype assignment\n  relations\n    define holder: [member]\n    define role: [role]\n")
	for _, a := range f.withCustom(rbac.ScopeAssigned) {
		reach := fgaReach(a, rbac.ScopeAssigned)
		fmt.Fprintf(b, "    define %s: holder and %s from role\n", reach, reach)
	}
}

// withCustom are the actions that some custom role grants in this scope.
func (f *fgaModel) withCustom(scope rbac.Scope) []rbac.Action {
	return slices.DeleteFunc(sortedActions(f.spec.Actions), func(a rbac.Action) bool {
		return !slices.ContainsFunc(f.rows[a], func(g grant) bool { return g.scope == scope && f.isCustom(g.role) })
	})
}

func (f *fgaModel) isCustom(role rbac.RoleID) bool {
	_, custom := f.custom[role]
	return custom
}

func (f *fgaModel) workspaceType(b *strings.Builder, kind string, k rbac.WorkspaceKind, parent string) {
	fmt.Fprintf(b, "\ntype %s_workspace\n  relations\n%s    define owner: [member]\n", kind, parent)
	for _, role := range rolesOf(f.spec.Roles, k) {
		if !f.isCustom(role.ID) {
			fmt.Fprintf(b, "    define %s: [member]\n", role.ID)
		}
	}
	for _, a := range sortedActions(f.spec.Actions) {
		f.workspaceRelations(b, a, kind, k)
	}
}

// workspaceRelations define for each scope who is granted the action in the workspace, and who can do it to the
// workspace itself.
func (f *fgaModel) workspaceRelations(b *strings.Builder, a rbac.Action, kind string, k rbac.WorkspaceKind) {
	for _, scope := range []rbac.Scope{rbac.ScopeOwn, rbac.ScopeWorkspace, rbac.ScopeTenant} {
		if holders := f.holders(a, scope, k); len(holders) > 0 {
			fmt.Fprintf(b, "    define %s: %s\n", fgaReach(a, scope), strings.Join(holders, " or "))
		}
	}
	if ways := f.waysOnWorkspace(a, k); slices.Contains(targetKinds(f.spec.Actions[a]), kind) && len(ways) > 0 {
		fmt.Fprintf(b, "    define %s: %s\n", fgaCan(a), strings.Join(ways, " or "))
	}
}

// holders are the roles of this kind that grant the action in this scope.
func (f *fgaModel) holders(a rbac.Action, scope rbac.Scope, k rbac.WorkspaceKind) []string {
	var static []string
	custom := false
	for _, g := range f.rows[a] {
		if g.scope != scope || g.kind != k {
			continue
		}
		if f.isCustom(g.role) {
			custom = true
			continue
		}
		static = append(static, string(g.role))
	}
	if custom {
		return append([]string{"[role#assignee]"}, static...)
	}
	return static
}

func (f *fgaModel) waysOnWorkspace(a rbac.Action, k rbac.WorkspaceKind) []string {
	var ways []string
	if f.grantedBy(a, rbac.ScopeWorkspace, k) {
		ways = append(ways, fgaReach(a, rbac.ScopeWorkspace))
	}
	if f.grantedBy(a, rbac.ScopeTenant, rbac.KindTenant) {
		ways = append(ways, fgaReach(a, rbac.ScopeTenant)+fgaFromTenant[k])
	}
	if f.grantedBy(a, rbac.ScopeOwn, k) {
		ways = append(ways, fmt.Sprintf("(owner and %s)", fgaReach(a, rbac.ScopeOwn)))
	}
	return ways
}

// A tenant workspace is the tenant; a developer workspace points at it.
var fgaFromTenant = map[rbac.WorkspaceKind]string{rbac.KindTenant: "", rbac.KindDeveloper: " from tenant"}

func (f *fgaModel) grantedBy(a rbac.Action, scope rbac.Scope, kinds ...rbac.WorkspaceKind) bool {
	return slices.ContainsFunc(f.rows[a], func(g grant) bool {
		return g.scope == scope && slices.Contains(kinds, g.kind)
	})
}

func (f *fgaModel) programType(b *strings.Builder) {
	b.WriteString("\ntype mini_program\n  relations\n    define workspace: [tenant_workspace, developer_workspace]\n" +
		"    define tenant: [tenant_workspace]\n    define owner: [member]\n")
	if len(f.custom) > 0 {
		b.WriteString("    define assignment: [assignment]\n")
	}
	for _, role := range f.spec.Roles {
		if !f.isCustom(role.ID) && reachesAssigned(role) {
			fmt.Fprintf(b, "    define assigned_%s: [member]\n", role.ID)
		}
	}
	for _, a := range sortedActions(f.spec.Actions) {
		if ways := f.waysOnProgram(a); f.spec.Actions[a]&rbac.OnMiniProgram != 0 && len(ways) > 0 {
			fmt.Fprintf(b, "    define %s: %s\n", fgaCan(a), strings.Join(ways, " or "))
		}
	}
}

func (f *fgaModel) waysOnProgram(a rbac.Action) []string {
	ways := f.assignedWays(a)
	both := []rbac.WorkspaceKind{rbac.KindTenant, rbac.KindDeveloper}
	if f.grantedBy(a, rbac.ScopeWorkspace, both...) {
		ways = append(ways, fgaReach(a, rbac.ScopeWorkspace)+" from workspace")
	}
	if f.grantedBy(a, rbac.ScopeTenant, rbac.KindTenant) {
		ways = append(ways, fgaReach(a, rbac.ScopeTenant)+" from tenant")
	}
	if f.grantedBy(a, rbac.ScopeOwn, both...) {
		ways = append(ways, fmt.Sprintf("(owner and %s from workspace)", fgaReach(a, rbac.ScopeOwn)))
	}
	return ways
}

func (f *fgaModel) assignedWays(a rbac.Action) []string {
	var ways []string
	custom := false
	for _, g := range f.rows[a] {
		if g.scope != rbac.ScopeAssigned {
			continue
		}
		if f.isCustom(g.role) {
			custom = true
			continue
		}
		ways = append(ways, "assigned_"+string(g.role))
	}
	if custom {
		ways = append(ways, fgaReach(a, rbac.ScopeAssigned)+" from assignment")
	}
	return ways
}

// fgaCan and fgaReach are names of relations, in which an underscore replaces each dot of the action.
func fgaCan(a rbac.Action) string { return "can_" + strings.ReplaceAll(string(a), ".", "_") }

func fgaReach(a rbac.Action, scope rbac.Scope) string {
	return strings.ReplaceAll(string(a), ".", "_") + "_in_" + scopeNames[scope]
}
