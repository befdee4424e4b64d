package locallambda

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
)

// The answer of InvokeWithResponseStream is a sequence of messages in the
// event-stream encoding
// (https://smithy.io/2.0/aws/amazon-eventstream.html):
//
//	total length    4 bytes, big endian
//	headers length  4 bytes
//	CRC-32          of the 8 bytes before, 4 bytes
//	headers         each: name length 1 byte, name, type 7 (string) 1 byte,
//	                value length 2 bytes, value
//	payload
//	CRC-32          of everything before, 4 bytes
//
// SDKs want :message-type and :event-type on every message, and "{}", not
// nothing, in an InvokeComplete without an error.

const eventStreamType = "application/vnd.amazon.eventstream"

// frameHeader is a header of a message, a name and a value of type string.
type frameHeader struct{ name, value string }

var (
	chunkHeaders = []frameHeader{
		{":message-type", "event"},
		{":event-type", "PayloadChunk"},
		{":content-type", "application/octet-stream"},
	}
	completeHeaders = []frameHeader{
		{":message-type", "event"},
		{":event-type", "InvokeComplete"},
		{":content-type", "application/json"},
	}
)

// appendChunk appends a PayloadChunk.
func appendChunk(dst, payload []byte) []byte { return appendFrame(dst, chunkHeaders, payload) }

// complete is the payload of InvokeComplete, the message that ends a stream.
type complete struct {
	ErrorCode    string `json:",omitempty"`
	ErrorDetails string `json:",omitempty"`
	LogResult    string `json:",omitempty"` // base64
}

func appendComplete(dst []byte, c complete) []byte {
	payload, _ := marshal(c)
	return appendFrame(dst, completeHeaders, payload)
}

// appendException appends a message that ends the stream because the service,
// not the function, failed.
func appendException(dst []byte, code, message string) []byte {
	payload, _ := marshal(struct {
		Message string `json:"message"`
	}{message})
	return appendFrame(dst, []frameHeader{
		{":message-type", "exception"},
		{":exception-type", code},
		{":content-type", "application/json"},
	}, payload)
}

// appendFrame appends one message. Names are shorter than 256 bytes, values than
// 65,536, payloads than 16 MiB.
func appendFrame(dst []byte, headers []frameHeader, payload []byte) []byte {
	const preludeLen, crcLen, stringType = 12, 4, 7

	size := 0
	for _, h := range headers {
		size += 1 + len(h.name) + 1 + 2 + len(h.value)
	}
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(preludeLen+size+len(payload)+crcLen))
	dst = binary.BigEndian.AppendUint32(dst, uint32(size))
	dst = binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
	for _, h := range headers {
		dst = append(dst, byte(len(h.name)))
		dst = append(dst, h.name...)
		dst = append(dst, stringType)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(h.value)))
		dst = append(dst, h.value...)
	}
	dst = append(dst, payload...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

// logResult is a log tail as the API shows it: base64, at most the last 4 KiB.
func logResult(tail []byte) string {
	return base64.StdEncoding.EncodeToString(tail[max(0, len(tail)-maxTail):])
}
