package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/miniprogram-platform/rbac"
)

// api has the handlers. They check nothing: the guard has allowed the request
// before it calls one.
type api struct{ store *Store }

// register adds every route of the server to the guard.
func (a api) register(g *Guard) {
	g.Public("GET /healthz", http.HandlerFunc(a.healthz))
	g.HandleList("GET /miniprograms", rbac.ListMiniPrograms, a.list)
	Handle(g, "GET /miniprograms/{id}", rbac.ViewMiniProgram, a.miniProgram, a.view)
	Handle(g, "DELETE /miniprograms/{id}", rbac.DeleteMiniProgram, a.miniProgram, a.delete)
	Handle(g, "POST /miniprograms/{id}/release", rbac.ReleaseMiniProgram, a.miniProgram, a.release)
	Handle(g, "POST /workspaces/{id}/miniprograms", rbac.CreateMiniProgram, a.workspace, a.create)
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

func (a api) list(w http.ResponseWriter, r *http.Request, filter rbac.Filter) error {
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

func (a api) view(w http.ResponseWriter, _ *http.Request, p MiniProgram) error {
	return reply(w, http.StatusOK, viewOf(p))
}

func (a api) delete(w http.ResponseWriter, r *http.Request, p MiniProgram) error {
	if err := a.store.Delete(r.Context(), p); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a api) release(w http.ResponseWriter, r *http.Request, p MiniProgram) error {
	p.Released = true
	if err := a.store.Save(r.Context(), p); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// ErrBadRequest is returned for a request whose body is invalid.
var ErrBadRequest = errors.New("the request is malformed")

const maxBody = 64 << 10

func (a api) create(w http.ResponseWriter, r *http.Request, in rbac.Workspace) error {
	document, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return ErrBadRequest
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
