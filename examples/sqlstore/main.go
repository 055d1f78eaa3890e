// Command sqlstore keeps members, mini programs and release requests in a
// database. The database answers who can see and change which rows. It uses
// SQLite, or PostgreSQL if DATABASE_URL names one:
//
//	go run .
//
// The program prints a story: who does what, and how it ends. Each part of the
// story is a file: mini_programs.go, approvals.go, members.go and workspaces.go. The
// tables are in schema.sql, and database.go connects to them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// suspendWorkspace is an action of this program: it suspends a merchant's workspace.
const suspendWorkspace rbac.Action = "developer_workspace.suspend"

// platform is the policy of the platform, to which each workspace may add roles of its
// own. Nobody can approve their own release request. A Workspace Admin may suspend
// merchants and invite the first admin of a merchant.
var platform = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
	Actions: map[rbac.Action]rbac.Target{suspendWorkspace: rbac.OnDeveloper},
	Extend: map[rbac.RoleID]rbac.Permissions{
		rbac.WorkspaceAdmin: {suspendWorkspace: rbac.ScopeTenant, rbac.InviteMember: rbac.ScopeTenant},
	},
	Administers: map[rbac.RoleID][]rbac.RoleID{rbac.WorkspaceAdmin: {rbac.DeveloperAdmin}},
	FourEyes:    []rbac.Action{rbac.DecideRelease},
}))

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sqlstore:", err)
		os.Exit(1)
	}
}

// run tells the story in an empty database, and removes the database afterwards.
func run(ctx context.Context, url string, out io.Writer) (err error) {
	store, remove, err := openScratch(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return story(ctx, store, out)
}

func story(ctx context.Context, store *Store, out io.Writer) error {
	n := &narrator{ctx: ctx, store: store, out: out}
	n.err = store.populate(ctx)
	n.lists()
	n.writes()
	n.approval()
	n.members()
	n.roles()
	n.suspension()
	n.admins()
	return n.err
}

// Two tenants, the merchants of each, and some members.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	cafe   = wallet.Developer("cafe")
	mill   = wallet.Developer("mill") // a new merchant, without members
	bank   = rbac.Tenant("bank")
	kiosk  = bank.Developer("shop") // has the same ID as the wallet's merchant

	ann = MemberKey{wallet, "ann"}
	rob = MemberKey{wallet, "rob"}
	sue = MemberKey{shop, "sue"}
	dev = MemberKey{shop, "dev"}
	tom = MemberKey{bank, "tom"}
	fay = MemberKey{shop, "fay"} // not a member yet
	mia = MemberKey{mill, "mia"} // not a member yet
)

// populate stores 122 mini programs of the wallet and its merchants, 30 of the
// bank's merchant, and the members.
func (s *Store) populate(ctx context.Context) error {
	for _, workspace := range []rbac.Workspace{wallet, shop, cafe, mill, bank, kiosk} {
		if err := s.AddWorkspace(ctx, workspace); err != nil {
			return err
		}
	}
	for _, batch := range []struct {
		workspace rbac.Workspace
		owner     string
		prefix    string
		count     int
	}{
		{wallet, "ann", "wallet", 2},
		{shop, "sue", "shop", 70},
		{cafe, "cleo", "cafe", 50},
		{kiosk, "kim", "kiosk", 30},
	} {
		for i := range batch.count {
			id := fmt.Sprintf("%s-%02d", batch.prefix, i+1)
			p := MiniProgram{ID: id, Workspace: batch.workspace, Owner: batch.owner, Name: "a mini program"}
			if err := s.AddMiniProgram(ctx, p); err != nil {
				return err
			}
		}
	}
	for _, m := range []rbac.Member{
		active(ann, rbac.Assignment{Role: rbac.WorkspaceAdmin}),
		active(rob, rbac.Assignment{Role: rbac.WorkspaceReviewer}),
		active(sue, rbac.Assignment{Role: rbac.DeveloperAdmin}),
		active(dev, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-07", "shop-42"}}),
		active(tom, rbac.Assignment{Role: rbac.WorkspaceAdmin}),
	} {
		if err := s.AddMember(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// active returns a member who has accepted an invitation.
func active(key MemberKey, assignments ...rbac.Assignment) rbac.Member {
	m := rbac.Invite(key.ID, key.Workspace, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), assignments...)
	m.Status = rbac.StatusActive
	return m
}

// The story.

func (n *narrator) lists() {
	n.say("Each member lists the mini programs they can see, %d a page:", pageSize)
	n.list("ann, Workspace Admin of the wallet", ann)
	n.list("sue, Developer Admin of the shop", sue)
	n.list("dev, Developer of the shop", dev)
	n.list("rob, Workspace Reviewer of the wallet", rob)
	n.list("tom, Workspace Admin of the bank", tom)
}

func (n *narrator) writes() {
	n.say("\nThe check is part of the write:")
	n.rename("dev renames shop-07", dev, "shop-07")
	n.rename("dev renames shop-08, which is not assigned to dev", dev, "shop-08")
	n.rename("dev renames cafe-01 of another merchant", dev, "cafe-01")
	n.try("the platform moves shop-07 to the cafe", func() error {
		return n.store.MoveMiniProgram(n.ctx, "shop-07", cafe)
	})
	n.rename("dev renames shop-07", dev, "shop-07")
}

func (n *narrator) approval() {
	n.say("\nA release needs a second person:")
	n.try("ann requests the release of wallet-01", func() error {
		return n.store.SubmitRelease(n.ctx, ann, "request-1", "wallet-01")
	})
	n.inbox("ann", ann)
	n.inbox("rob", rob)
	n.approve("ann approves", ann)
	n.approve("rob approves", rob)
	n.approve("rob approves again", rob)
}

func (n *narrator) members() {
	n.say("\nMembers give and take only what they have:")
	developer := func(programs ...string) rbac.Assignment {
		return rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs}
	}
	invite := func() error { return n.store.Invite(n.ctx, sue, fay, developer("shop-42")) }
	n.try("sue invites fay, as a Developer of shop-42", invite)
	n.try("sue invites fay again", invite)
	n.try("fay accepts", func() error { return n.store.Accept(n.ctx, fay) })
	n.try("sue assigns shop-08 to dev", func() error { return n.store.Assign(n.ctx, sue, dev, developer("shop-08")) })
	n.rename("dev renames shop-08", dev, "shop-08")
	n.try("dev makes sue a Developer", func() error { return n.store.Assign(n.ctx, dev, sue, developer("shop-08")) })
	n.try("fay takes dev's role on shop-42", func() error {
		return n.store.Revoke(n.ctx, fay, dev, developer("shop-07", "shop-42"))
	})
	n.try("fay takes shop-42 from dev's role", func() error {
		return n.store.Replace(n.ctx, fay, dev, developer("shop-07", "shop-42"), developer("shop-07"))
	})
	n.try("sue takes what is left of the role", func() error {
		return n.store.Revoke(n.ctx, sue, dev, developer("shop-07"))
	})
	n.try("rob blocks ann", func() error { return n.store.Block(n.ctx, rob, ann) })
	n.try("tom of another tenant blocks ann", func() error { return n.store.Block(n.ctx, tom, ann) })
}

// cashier is a role that the shop has of its own.
var cashier = rbac.Role{
	ID: "cashier", Kind: rbac.KindDeveloper, Name: "Cashier",
	Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeWorkspace, rbac.ViewTransactions: rbac.ScopeWorkspace},
}

func (n *narrator) roles() {
	n.say("\nThe shop has a role of its own:")
	revision := n.revision(shop)
	define := func(by MemberKey) error { return n.store.DefineRole(n.ctx, by, revision, cashier) }
	held := rbac.Assignment{Role: cashier.ID}
	n.try("dev defines the role cashier", func() error { return define(dev) })
	n.try("sue defines the role cashier", func() error { return define(sue) })
	n.try("sue defines it again, from a page that she opened before", func() error { return define(sue) })
	n.try("sue gives dev the role", func() error { return n.store.Assign(n.ctx, sue, dev, held) })
	remove := func() error { return n.store.RemoveRole(n.ctx, sue, n.revision(shop), cashier.ID) }
	n.try("sue removes the role, which dev holds", remove)
	n.try("sue takes the role from dev", func() error { return n.store.Revoke(n.ctx, sue, dev, held) })
	n.try("sue removes the role", remove)
}

func (n *narrator) suspension() {
	n.say("\nThe wallet suspends the shop:")
	set := func(suspended bool) func() error {
		return func() error { return n.store.SetSuspended(n.ctx, ann, shop, suspended) }
	}
	n.try("ann suspends the shop", set(true))
	n.rename("sue renames shop-08", sue, "shop-08")
	if ann := n.subject(ann); n.err == nil {
		n.say("  ann still lists %s", n.pages(ann))
	}
	n.try("ann lifts the suspension", set(false))
	n.rename("sue renames shop-08", sue, "shop-08")
}

func (n *narrator) admins() {
	n.say("\nA workspace begins with an invitation, and keeps an admin:")
	n.try("ann invites mia, as the first admin of the mill", func() error {
		return n.store.Invite(n.ctx, ann, mia, rbac.Assignment{Role: rbac.DeveloperAdmin})
	})
	n.try("mia accepts", func() error { return n.store.Accept(n.ctx, mia) })
	n.try("mia, the only admin, leaves", func() error { return n.store.Leave(n.ctx, mia) })
	admin := rbac.Assignment{Role: rbac.WorkspaceAdmin}
	n.try("ann makes rob a Workspace Admin", func() error { return n.store.Assign(n.ctx, ann, rob, admin) })
	n.try("ann leaves", func() error { return n.store.Leave(n.ctx, ann) })
}

// How the story is told.

// narrator prints what happens. It stops at the first error that is not a
// refusal, and keeps the error.
type narrator struct {
	ctx   context.Context
	store *Store
	out   io.Writer
	err   error
}

func (n *narrator) say(format string, args ...any) {
	if n.err == nil {
		_, n.err = fmt.Fprintf(n.out, format+"\n", args...)
	}
}

// try does something and prints whether it was done or refused.
func (n *narrator) try(what string, act func() error) {
	if n.err != nil {
		return
	}
	err := act()
	switch {
	case err == nil:
		n.say("  %s: done", what)
	case isRefusal(err):
		n.say("  %s: refused\n    %s", what, err)
	default:
		n.err = fmt.Errorf("%s: %w", what, err)
	}
}

// isRefusal reports whether the store said no. Any other error is a failure.
func isRefusal(err error) bool {
	var missing *NotFoundError
	var conflict *ConflictError
	var status *rbac.StatusError
	var invalid *rbac.ValidationError
	return errors.Is(err, rbac.ErrDenied) || errors.As(err, &missing) || errors.As(err, &conflict) ||
		errors.As(err, &status) || errors.As(err, &invalid)
}

// revision returns the revision of a workspace's roles, or 0 after an error.
func (n *narrator) revision(workspace rbac.Workspace) (revision int64) {
	if n.err == nil {
		_, revision, n.err = n.store.Policy(n.ctx, workspace)
	}
	return revision
}

// subject returns nil after an error.
func (n *narrator) subject(key MemberKey) *rbac.Subject {
	if n.err != nil {
		return nil
	}
	subject, err := n.store.Subject(n.ctx, key)
	n.err = err
	return subject
}

func (n *narrator) list(name string, key MemberKey) {
	subject := n.subject(key)
	if n.err != nil {
		return
	}
	clause, _, err := subject.Filter(rbac.ListMiniPrograms).Where(programColumns)
	if err != nil {
		n.err = err
		return
	}
	n.say("  %s: %s\n    WHERE %s", name, n.pages(subject), clause)
}

// pages reads the whole list. Each page begins after the last row of the page
// before it.
func (n *narrator) pages(subject *rbac.Subject) string {
	text, last := "", ""
	for n.err == nil {
		page, err := n.store.ListMiniPrograms(n.ctx, subject, last)
		n.err = err
		if len(page) == 0 {
			break
		}
		last = page[len(page)-1].ID
		text += fmt.Sprintf("[%d: %s ... %s] ", len(page), page[0].ID, last)
		if len(page) < pageSize {
			break
		}
	}
	if text == "" {
		return "none"
	}
	return text[:len(text)-1]
}

func (n *narrator) rename(what string, key MemberKey, id string) {
	n.try(what, func() error {
		subject, err := n.store.Subject(n.ctx, key)
		if err != nil {
			return err
		}
		return n.store.RenameMiniProgram(n.ctx, subject, id, "a better name")
	})
}

func (n *narrator) inbox(name string, key MemberKey) {
	subject := n.subject(key)
	if n.err != nil {
		return
	}
	requests, err := n.store.Inbox(n.ctx, subject)
	if err != nil {
		n.err = err
		return
	}
	n.say("  requests that %s can decide: %d", name, len(requests))
}

func (n *narrator) approve(what string, key MemberKey) {
	n.try(what, func() error { return n.store.Approve(n.ctx, key, "request-1") })
}
