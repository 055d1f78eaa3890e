package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbachttp"
)

// api has the handlers. They check nothing: the guard has allowed the request
// before it calls one.
type api struct{ store *Store }

// register adds every route of the server to the guard.
func (a api) register(g *rbachttp.Guard) {
	g.Public("GET /healthz", http.HandlerFunc(a.healthz))
	g.List("GET /miniprograms", rbac.ListMiniPrograms, a.list)
	rbachttp.Handle(g, "GET /miniprograms/{id}", rbac.ViewMiniProgram, a.miniProgram, a.view)
	rbachttp.Handle(g, "DELETE /miniprograms/{id}", rbac.DeleteMiniProgram, a.miniProgram, a.delete)
	rbachttp.Handle(g, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, a.miniProgram, a.release)
	rbachttp.Handle(g, "POST /workspaces/{id}/miniprograms", rbac.CreateMiniProgram, a.workspace, a.create)
}

func (a api) miniProgram(r *http.Request) (MiniProgram, error) {
	return a.store.MiniProgram(r.Context(), r.PathValue("id"))
}

func (a api) workspace(r *http.Request) (rbac.Workspace, error) {
	return a.store.Workspace(r.Context(), r.PathValue("id"))
}

func (a api) healthz(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "ok")
}

func (a api) list(w http.ResponseWriter, r *http.Request, _ rbac.Member, filter rbac.Filter) error {
	rows, err := a.store.MiniPrograms(r.Context(), filter)
	if err != nil {
		return err
	}
	listed := make([]miniProgramView, len(rows))
	for i, row := range rows {
		listed[i] = viewOf(row)
	}
	return reply(w, http.StatusOK, listed)
}

func (a api) view(w http.ResponseWriter, _ *http.Request, _ rbac.Member, p MiniProgram) error {
	return reply(w, http.StatusOK, viewOf(p))
}

func (a api) delete(w http.ResponseWriter, r *http.Request, _ rbac.Member, p MiniProgram) error {
	if err := a.store.Delete(r.Context(), p); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a api) release(w http.ResponseWriter, r *http.Request, _ rbac.Member, p MiniProgram) error {
	p.Released = true
	if err := a.store.Save(r.Context(), p); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// ErrBadRequest is returned for a request whose body is invalid.
var ErrBadRequest = errors.New("the request is malformed")

func (a api) create(w http.ResponseWriter, r *http.Request, _ rbac.Member, in rbac.Workspace) error {
	document, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadRequest, err)
	}
	var body struct{ Name string }
	if err := json.Unmarshal(document, &body); err != nil || body.Name == "" {
		return ErrBadRequest
	}
	p, err := a.store.Create(r.Context(), in, body.Name)
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, viewOf(p))
}

// statusOf returns what a client learns of an error of the store or of a handler. It
// leaves what it does not know to the guard.
func statusOf(err error) (status int, detail string) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "the body is too large"
	case errors.Is(err, ErrBadRequest):
		return http.StatusBadRequest, "the request is malformed"
	case errors.Is(err, ErrConflict):
		return http.StatusConflict, "the row has changed; try again"
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, "it takes too long; try again later"
	}
	return 0, ""
}

// miniProgramView is the part of a row that a client may see.
type miniProgramView struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Workspace string `json:"workspace"`
	Released  bool   `json:"released"`
}

func viewOf(p MiniProgram) miniProgramView {
	return miniProgramView{p.ID, p.Name, p.Workspace.ID, p.Released}
}

// reply encodes the body before it writes the status, so that an encoding error
// can still become a 500. It ignores a client that has closed the connection.
func reply(w http.ResponseWriter, status int, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(encoded, '\n'))
	return nil
}
