// Command gin is the contract on gin, behind aws-lambda-go-api-proxy. FORMAT
// chooses the adapter, for the adapters are typed: v1, v2 or alb.
package main

import (
	"net/http"
	"os"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	ginadapter "github.com/awslabs/aws-lambda-go-api-proxy/gin"
	"github.com/gin-gonic/gin"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Any("/echo", echo)
	r.Any("/echo/*rest", echo)
	r.GET("/status/:code", func(c *gin.Context) {
		code, err := strconv.Atoi(c.Param("code"))
		if err != nil {
			c.Status(http.StatusNotFound)
			return
		}
		c.String(code, "status %d", code)
	})
	r.GET("/binary", func(c *gin.Context) { c.Data(200, contract.BinaryType, contract.Binary()) })
	r.GET("/utf8", func(c *gin.Context) { c.String(200, contract.UTF8) })
	r.GET("/gzip", func(c *gin.Context) {
		c.Header("Content-Encoding", "gzip")
		c.Data(200, "application/json", contract.Gzip())
	})
	r.POST("/form", gin.WrapH(contract.Handler()))
	r.POST("/multipart", func(c *gin.Context) {
		m, err := contract.NewMultipart(c.Request)
		if err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.JSON(200, m)
	})
	r.GET("/redirect", func(c *gin.Context) { c.Redirect(http.StatusFound, contract.Redirect) })
	r.GET("/cookies", func(c *gin.Context) {
		c.Writer.Header()["Set-Cookie"] = contract.Cookies()
		c.String(200, "cookies")
	})
	r.GET("/headers", func(c *gin.Context) {
		c.Header("X-One", "1")
		c.Writer.Header()["X-List"] = []string{"a", "b"}
		c.String(200, "headers")
	})
	r.GET("/empty", func(c *gin.Context) { c.String(200, "") })
	r.GET("/nocontent", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/error", gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) {
		c.AbortWithStatus(http.StatusInternalServerError)
	}), func(*gin.Context) { panic("boom") })
	r.GET("/large", func(c *gin.Context) { c.String(200, contract.Large()) })

	contract.Serve(r)
	switch os.Getenv("FORMAT") {
	case "v1":
		lambda.Start(ginadapter.New(r).ProxyWithContext)
	case "v2":
		lambda.Start(ginadapter.NewV2(r).ProxyWithContext)
	case "alb":
		lambda.Start(ginadapter.NewALB(r).ProxyWithContext)
	default:
		panic("FORMAT is none of v1, v2, alb")
	}
}

func echo(c *gin.Context) {
	e, err := contract.NewEcho(c.Request)
	if err != nil {
		c.String(http.StatusBadRequest, err.Error())
		return
	}
	c.JSON(200, e)
}
