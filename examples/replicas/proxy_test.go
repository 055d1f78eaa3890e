package main

import (
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy is a network between replicas and the PostgreSQL of a schema. A test breaks it.
type proxy struct {
	schema
	listener net.Listener
	server   string
	flow     sync.RWMutex // held for writing while the network is silent
	silent   bool

	mu          sync.Mutex
	closed      bool
	connections []net.Conn
}

func newProxy(t *testing.T, to *schema) *proxy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{schema: *to, listener: listener}
	p.config = to.config.Copy()
	p.server = net.JoinHostPort(p.config.ConnConfig.Host, strconv.Itoa(int(p.config.ConnConfig.Port)))
	address := listener.Addr().(*net.TCPAddr)
	p.config.ConnConfig.Host, p.config.ConnConfig.Port = "127.0.0.1", uint16(address.Port)
	p.config.ConnConfig.Fallbacks = nil
	go p.serve()
	t.Cleanup(func() {
		p.mend()
		p.cut()
		listener.Close()
	})
	return p
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if !p.keep(client) {
			client.Close()
			continue
		}
		go p.join(client)
	}
}

// join copies between a client and the server until one of them closes.
func (p *proxy) join(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(server) {
		return
	}
	var copying sync.WaitGroup
	copying.Go(func() { p.copy(server, client) })
	copying.Go(func() { p.copy(client, server) })
	copying.Wait()
}

// keep remembers a connection, to cut it. It reports false while the network is cut.
func (p *proxy) keep(connection net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.connections = append(p.connections, connection)
	return true
}

func (p *proxy) copy(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.flow.RLock()
		_, err = to.Write(buffer[:n])
		p.flow.RUnlock()
		if err != nil {
			return
		}
	}
}

// cut closes all connections, and every new one.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, connection := range p.connections {
		connection.Close()
	}
	p.connections = nil
}

// stall keeps the connections open and lets nothing through.
func (p *proxy) stall() {
	p.flow.Lock()
	p.silent = true
}

func (p *proxy) mend() {
	if p.silent {
		p.silent = false
		p.flow.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = false
}
