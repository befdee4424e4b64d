// Command echo is the contract on labstack's echo, behind
// aws-lambda-go-api-proxy. FORMAT chooses the adapter, for the adapters are
// typed: v1, v2 or alb.
package main

import (
	"errors"
	"os"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	echoadapter "github.com/awslabs/aws-lambda-go-api-proxy/echo"
	"github.com/labstack/echo/v4"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

func main() {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Any("/echo", answerEcho)
	e.Any("/echo/*", answerEcho)
	e.GET("/status/:code", func(c echo.Context) error {
		code, err := strconv.Atoi(c.Param("code"))
		if err != nil {
			return echo.ErrNotFound
		}
		return c.String(code, "status "+c.Param("code"))
	})
	e.GET("/binary", func(c echo.Context) error { return c.Blob(200, contract.BinaryType, contract.Binary()) })
	e.GET("/utf8", func(c echo.Context) error { return c.String(200, contract.UTF8) })
	e.GET("/gzip", func(c echo.Context) error {
		c.Response().Header().Set("Content-Encoding", "gzip")
		return c.Blob(200, "application/json", contract.Gzip())
	})
	e.POST("/form", echo.WrapHandler(contract.Handler()))
	e.POST("/multipart", func(c echo.Context) error {
		m, err := contract.NewMultipart(c.Request())
		if err != nil {
			return err
		}
		return c.JSON(200, m)
	})
	e.GET("/redirect", func(c echo.Context) error { return c.Redirect(302, contract.Redirect) })
	e.GET("/cookies", func(c echo.Context) error {
		c.Response().Header()["Set-Cookie"] = contract.Cookies()
		return c.String(200, "cookies")
	})
	e.GET("/headers", func(c echo.Context) error {
		c.Response().Header().Set("X-One", "1")
		c.Response().Header()["X-List"] = []string{"a", "b"}
		return c.String(200, "headers")
	})
	e.GET("/empty", func(c echo.Context) error { return c.String(200, "") })
	e.GET("/nocontent", func(c echo.Context) error { return c.NoContent(204) })
	e.GET("/error", func(echo.Context) error { return errors.New("boom") })
	e.GET("/large", func(c echo.Context) error { return c.String(200, contract.Large()) })

	contract.Serve(e)
	switch os.Getenv("FORMAT") {
	case "v1":
		lambda.Start(echoadapter.New(e).ProxyWithContext)
	case "v2":
		lambda.Start(echoadapter.NewV2(e).ProxyWithContext)
	case "alb":
		lambda.Start(echoadapter.NewALB(e).ProxyWithContext)
	default:
		panic("FORMAT is none of v1, v2, alb")
	}
}

func answerEcho(c echo.Context) error {
	e, err := contract.NewEcho(c.Request())
	if err != nil {
		return err
	}
	return c.JSON(200, e)
}
