package routers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

func withEcho(kept *records) http.Handler {
	requestID := func(r *http.Request) string { return r.Header.Get(echo.HeaderXRequestID) }

	e := echo.New()
	e.Use(middleware.RequestIDWithConfig(middleware.RequestIDConfig{
		RequestIDHandler: func(c echo.Context, id string) { c.Request().Header.Set(echo.HeaderXRequestID, id) },
	}))
	e.Use(middleware.Recover(), middleware.ContextTimeout(5*time.Second), middleware.BodyLimit("64K"))
	e.POST("/hello", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	e.Any("/v1/*", echo.WrapHandler(guarded(requestID, kept)))
	return e
}

func Example_echo() {
	var kept records
	tour(withEcho(&kept), &kept)
	// Output:
	// alice /v1/miniprograms/mp-42/release 200
	// alice /v1/miniprograms/mp-43/release 403
	// alice /hello 204
	// with a request ID: true
}
