package routers

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

func withGin(kept *records) http.Handler {
	requestID := func(r *http.Request) string { return r.Header.Get("X-Request-Id") }

	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Recovery(), withLimits)
	router.POST("/hello", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	router.Any("/v1/*path", gin.WrapH(guarded(requestID, kept)))
	return router
}

// withLimits sets an ID, a deadline and a limit of the body, which gin leaves to its host.
func withLimits(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 5*time.Second)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Request.Header.Set("X-Request-Id", rand.Text())
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 64<<10)
	c.Next()
}

func Example_gin() {
	var kept records
	tour(withGin(&kept), &kept)
	// Output:
	// alice /v1/miniprograms/mp-42/release 200
	// alice /v1/miniprograms/mp-43/release 403
	// alice /hello 204
	// with a request ID: true
}
