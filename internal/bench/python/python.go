// Package python has the contenders in Python: lambda-httpx and lambda-requests.
package python

import _ "embed"

// Client is a program that follows the protocol of package client.
//
//go:embed client.py
var Client []byte
