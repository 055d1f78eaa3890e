package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// The story's workspaces and members.
var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
	cafe   = wallet.Developer("cafe")
	bank   = rbac.Tenant("bank")
	kiosk  = bank.Developer("shop") // called as the wallet's merchant, and another

	ann = MemberKey{wallet, "ann"}
	rob = MemberKey{wallet, "rob"}
	sue = MemberKey{shop, "sue"}
	dev = MemberKey{shop, "dev"}
	tom = MemberKey{bank, "tom"}
)

// narrator writes what happens, and stops at the first error that is no part of
// the story.
type narrator struct {
	ctx   context.Context
	store *Store
	out   io.Writer
	err   error
}

func story(ctx context.Context, db *Database, out io.Writer) error {
	n := &narrator{ctx: ctx, store: &Store{db}, out: out}
	n.err = n.store.populate(ctx)
	n.lists()
	n.writes()
	n.approval()
	n.members()
	return n.err
}

// populate sets the stage: 122 mini programs of the wallet and its merchants,
// and 30 of another tenant.
func (s *Store) populate(ctx context.Context) error {
	for _, w := range []rbac.Workspace{wallet, shop, cafe, bank, kiosk} {
		if err := s.AddWorkspace(ctx, w); err != nil {
			return err
		}
	}
	for _, batch := range []struct {
		of     rbac.Workspace
		owner  string
		prefix string
		count  int
	}{{wallet, "ann", "wallet", 2}, {shop, "sue", "shop", 70}, {cafe, "cleo", "cafe", 50}, {kiosk, "kim", "kiosk", 30}} {
		for i := range batch.count {
			p := MiniProgram{ID: fmt.Sprintf("%s-%02d", batch.prefix, i+1), Workspace: batch.of, Owner: batch.owner, Name: "a mini program"}
			if err := s.AddMiniProgram(ctx, p); err != nil {
				return err
			}
		}
	}
	return s.addMembers(ctx)
}

func (s *Store) addMembers(ctx context.Context) error {
	for _, m := range []struct {
		key MemberKey
		as  rbac.Assignment
	}{
		{ann, rbac.Assignment{Role: rbac.WorkspaceAdmin}},
		{rob, rbac.Assignment{Role: rbac.WorkspaceReviewer}},
		{sue, rbac.Assignment{Role: rbac.DeveloperAdmin}},
		{dev, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-07", "shop-42"}}},
		{tom, rbac.Assignment{Role: rbac.WorkspaceAdmin}},
	} {
		if err := s.AddMember(ctx, active(m.key, m.as)); err != nil {
			return err
		}
	}
	return nil
}

func active(key MemberKey, as ...rbac.Assignment) rbac.Member {
	m := rbac.Invite(key.ID, key.Workspace, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), as...)
	m.Status = rbac.StatusActive
	return m
}

func (n *narrator) say(format string, args ...any) {
	if n.err == nil {
		_, n.err = fmt.Fprintf(n.out, format+"\n", args...)
	}
}

// tell says what somebody does, and how it ends: done, or refused in one of the
// ways that a store may refuse.
func (n *narrator) tell(what string, act func() error) {
	if n.err != nil {
		return
	}
	err := act()
	if err != nil && !isRefusal(err) {
		n.err = fmt.Errorf("%s: %w", what, err)
		return
	}
	if err == nil {
		n.say("  %s: done", what)
		return
	}
	n.say("  %s: no\n    %s", what, err)
}

func isRefusal(err error) bool {
	var missing *NotFoundError
	var conflict *ConflictError
	var invalid *rbac.ValidationError
	return errors.Is(err, rbac.ErrDenied) || errors.As(err, &missing) || errors.As(err, &conflict) || errors.As(err, &invalid)
}

func (n *narrator) lists() {
	n.say("Who lists which mini programs, %d a page:", pageSize)
	n.list("ann, Workspace Admin of the wallet", ann)
	n.list("sue, Developer Admin of the shop", sue)
	n.list("dev, Developer of the shop", dev)
	n.list("rob, Workspace Reviewer of the wallet", rob)
	n.list("tom, Workspace Admin of the bank", tom)
}

func (n *narrator) list(name string, key MemberKey) {
	if n.err != nil {
		return
	}
	who, err := n.store.Subject(n.ctx, key)
	if err != nil {
		n.err = err
		return
	}
	clause, _, err := who.Filter(rbac.ListMiniPrograms).Where(programColumns)
	if err != nil {
		n.err = err
		return
	}
	n.say("  %s: %s\n    WHERE %s", name, n.pages(who), clause)
}

// pages goes through the list, each page beginning after the last row of the
// page before.
func (n *narrator) pages(who *rbac.Subject) string {
	text, last := "", ""
	for n.err == nil {
		page, err := n.store.ListMiniPrograms(n.ctx, who, last)
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

func (n *narrator) writes() {
	n.say("\nThe check is part of the write:")
	n.rename("dev renames shop-07", dev, "shop-07")
	n.rename("dev renames shop-08, which is not dev's", dev, "shop-08")
	n.rename("dev renames cafe-01, of which dev may not know", dev, "cafe-01")
	n.tell("the platform moves shop-07 to the cafe while dev looks at it", func() error {
		return n.store.MoveMiniProgram(n.ctx, "shop-07", cafe)
	})
	n.rename("dev renames shop-07", dev, "shop-07")
}

func (n *narrator) rename(what string, key MemberKey, id string) {
	n.tell(what, func() error {
		who, err := n.store.Subject(n.ctx, key)
		if err != nil {
			return err
		}
		return n.store.RenameMiniProgram(n.ctx, who, id, "a better name")
	})
}

func (n *narrator) approval() {
	n.say("\nA release takes two:")
	n.tell("ann asks for the release of wallet-01", func() error { return n.store.SubmitRelease(n.ctx, ann, "request-1", "wallet-01") })
	n.inbox("ann", ann)
	n.inbox("rob", rob)
	n.approve("ann approves", ann)
	n.approve("rob approves", rob)
	n.approve("rob approves again", rob)
}

func (n *narrator) inbox(name string, key MemberKey) {
	if n.err != nil {
		return
	}
	who, err := n.store.Subject(n.ctx, key)
	if err != nil {
		n.err = err
		return
	}
	requests, err := n.store.Inbox(n.ctx, who)
	if err != nil {
		n.err = err
		return
	}
	n.say("  %s may decide %d requests", name, len(requests))
}

func (n *narrator) approve(what string, key MemberKey) {
	n.tell(what, func() error { return n.store.Approve(n.ctx, key, "request-1") })
}

func (n *narrator) members() {
	developer := rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"shop-08"}}
	n.say("\nNobody gives or takes more than they have, and somebody stays in charge:")
	n.tell("sue gives dev the mini program shop-08", func() error { return n.store.Assign(n.ctx, sue, dev, developer) })
	n.rename("dev renames shop-08", dev, "shop-08")
	n.tell("dev makes sue a Developer too", func() error { return n.store.Assign(n.ctx, dev, sue, developer) })
	n.tell("rob blocks ann", func() error { return n.store.Block(n.ctx, rob, ann) })
	n.tell("tom blocks ann, of whom tom may not know", func() error { return n.store.Block(n.ctx, tom, ann) })
	n.tell("ann, the last admin, leaves", func() error { return n.store.Leave(n.ctx, ann) })
	n.tell("ann makes rob a Workspace Admin", func() error {
		return n.store.Assign(n.ctx, ann, rob, rbac.Assignment{Role: rbac.WorkspaceAdmin})
	})
	n.tell("ann leaves", func() error { return n.store.Leave(n.ctx, ann) })
}
