package rbachttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// Record is one decision of a guard: who asked for what, and what was answered. The
// zero Record is a denial of nothing.
//
// A decision about a row can be made again from its record: it is the policy's
// CheckAt(Time, Member, Action, Resource). A record shares the member's slices with the
// handler; do not change them.
type Record struct {
	Time      time.Time     // the instant as of which the policy decided
	RequestID string        // what Config.RequestID returned
	Path      string        // the path of the request, decoded
	Member    rbac.Member   // who asked
	Action    rbac.Action   // the action of the route, or of a step that a handler took
	Resource  rbac.Resource // the row's; zero for a list, and where no row was found or needed
	Filter    rbac.Filter   // for a list: which rows it may have
	Decision  rbac.Decision // for a list: whether the filter matches anything
	Policy    string        // the fingerprint of the policy that decided; empty for a nil policy
}

// LogValue returns the record as a group for log/slog. A record of a list has its filter
// in words instead of a resource.
func (r Record) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.Time("at", r.Time),
		slog.String("request_id", r.RequestID),
		slog.String("path", r.Path),
		slog.Attr{Key: "member", Value: slog.GroupValue(
			append([]slog.Attr{slog.String("id", r.Member.ID)}, workspaceAttrs(r.Member.Workspace)...)...,
		)},
		slog.String("action", string(r.Action)),
	}
	switch {
	case !r.Filter.None():
		attrs = append(attrs, slog.String("filter", r.Filter.String()))
	case r.Resource != rbac.Resource{}:
		attrs = append(attrs, slog.Attr{Key: "resource", Value: slog.GroupValue(append(
			workspaceAttrs(r.Resource.Workspace),
			slog.String("mini_program", r.Resource.MiniProgram),
			slog.String("owner", r.Resource.Owner),
		)...)})
	}
	return slog.GroupValue(append(attrs, slog.Any("decision", r.Decision), slog.String("policy", r.Policy))...)
}

// MarshalJSON writes the fields of LogValue. Every record can be written, also that of a
// list, of a missing row or of a member who is not valid. Of the member it has the ID and
// the workspace: to make decisions again, keep Member and Resource beside it.
func (r Record) MarshalJSON() ([]byte, error) { return json.Marshal(tree(r.LogValue())) }

// tree returns a group as a map, and any other value as it is.
func tree(value slog.Value) any {
	value = value.Resolve()
	if value.Kind() != slog.KindGroup {
		return value.Any()
	}
	fields := make(map[string]any)
	for _, attr := range value.Group() {
		fields[attr.Key] = tree(attr.Value)
	}
	return fields
}

func workspaceAttrs(w rbac.Workspace) []slog.Attr {
	return []slog.Attr{
		slog.String("kind", w.Kind.String()),
		slog.String("workspace", w.ID),
		slog.String("tenant", w.Tenant),
	}
}

// LogRecords returns a Config.Audit that writes each record to the log, as the message
// "decision" with the fields of Record.LogValue. It never returns an error.
func LogRecords(log *slog.Logger) func(context.Context, Record) error {
	return func(ctx context.Context, record Record) error {
		log.LogAttrs(ctx, slog.LevelInfo, "decision", record.LogValue().Group()...)
		return nil
	}
}

// errAudit wraps what came of a record that was not kept, so that Config.Errors does not
// take it for an error of its own.
var errAudit = errors.New("rbachttp: the decision is not recorded")

// audit hands the record to the host. A panic is an error, so that it neither allows a
// request nor tells a hidden row from a missing one.
func (g *Guard) audit(r *http.Request, record *Record) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", errAudit, problem, debug.Stack())
		}
	}()
	if err := g.config.Audit(r.Context(), *record); err != nil {
		return fmt.Errorf("%w: %w", errAudit, err)
	}
	return nil
}
