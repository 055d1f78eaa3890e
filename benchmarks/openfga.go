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

// fgaBatch is how many tuples one write carries: larger than the default, so that a
// load is as fast as the store allows.
const fgaBatch = 5_000

const (
	fgaDeadline = time.Minute // no answer of the run is cut short
	fgaCacheTTL = time.Hour   // no entry expires in the run
)

// fgaEngine asks an OpenFGA server in process, over its memory store. Only active
// members have tuples: OpenFGA has no status, and its users delete a member's tuples.
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

// newOpenFGACached is the same server with the check cache that it recommends for
// production, which may answer from before a change until the entry expires.
func newOpenFGACached(u *universe) (engine, error) {
	return startFGA(u, fgaCachedName, server.WithCheckQueryCacheEnabled(true), server.WithCheckCacheLimit(1_000_000), server.WithCheckQueryCacheTTL(fgaCacheTTL))
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
	store, err := f.server.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "compare"})
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

// write writes tuples in batches; the store takes no tuple twice.
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

// fgaPlaces says which workspace is of which tenant, and which mini program of which.
func fgaPlaces(u *universe) []*openfgav1.TupleKey {
	var tuples []*openfgav1.TupleKey
	for _, w := range u.workspaces {
		if w.Kind == rbac.KindDeveloper {
			tuples = append(tuples, fgaTuple(fgaTenant(w), "tenant", fgaWorkspace(w)))
		}
	}
	for _, p := range u.programs {
		object := fgaObject(p)
		tuples = append(tuples, fgaTuple(fgaWorkspace(p.Workspace), "workspace", object), fgaTuple(fgaTenant(p.Workspace), "tenant", object))
	}
	return tuples
}

// fgaCustomRoles says what each custom role may do, where it is held.
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
			tuples = append(tuples, fgaTuple(fgaMember(m.ID), "assigned_"+string(as.Role), fgaObject(m.Workspace.MiniProgram(id))))
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

// request is nil where the model does not define the relation on the type of the
// object, as for a wrong target: OpenFGA answers such a check with an error, so its
// users do not ask. The owner is told along with the checks that need it.
func (f *fgaEngine) request(q request) *openfgav1.CheckRequest {
	object, relation := fgaObject(q.resource), fgaCan(q.action)
	kind, _, _ := strings.Cut(object, ":")
	if !f.relations[kind][relation] {
		return nil
	}
	asked := &openfgav1.CheckRequest{
		StoreId: f.store, AuthorizationModelId: f.model,
		TupleKey: &openfgav1.CheckRequestTupleKey{User: fgaMember(q.member.ID), Relation: relation, Object: object},
	}
	if q.resource.Owner != "" && f.usesOwner[q.action] {
		asked.ContextualTuples = &openfgav1.ContextualTupleKeys{
			TupleKeys: []*openfgav1.TupleKey{fgaTuple(fgaMember(q.resource.Owner), "owner", object)},
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

// list streams the objects, which is what OpenFGA recommends for many of them.
func (f *fgaEngine) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	asked := &openfgav1.StreamedListObjectsRequest{
		StoreId: f.store, AuthorizationModelId: f.model, Type: "mini_program", Relation: fgaCan(a), User: fgaMember(m.ID),
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
