package event

import (
	"bytes"
	"slices"
	"testing"
)

// TestReadFlat knows which answers are read flat; what it says is compared with the scanner in
// FuzzReadFlat and with encoding/json in FuzzDecode.
func TestReadFlat(t *testing.T) {
	const headers = `"headers":{"Content-Type":"text/html"}`
	for _, c := range []struct {
		answer string
		flat   bool
	}{
		{`{"statusCode":200,` + headers + `,"body":"{\"a\":\"\u00e9\"}","isBase64Encoded":false}`, true},
		{`{"statusCode": 200, "headers": {"Content-Type": "text/html", "Age": 1}, "body": "a"}`, true},
		{"{\n  \"statusCode\" : 200,\r\n\t\"headers\" : { } ,\n  \"body\" : null\n}", true},
		{`{"statusCode":200,"multiValueHeaders":{"a":["1"],"b":["1", "2"],"c":[]},"headers":{},"isBase64Encoded":true}`, true},
		{`{"cookies":["a=1","b=2"],"statusCode":"200","body":""}`, true},
		{`{"statusCode":200}` + separator + "body", true},
		{`{"statusCode":200} x`, true},

		{`{"statusCode":200,` + headers + `,"body":{"a":1}}`, false},
		{`{"statusCode":2e2}`, false},
		{`{"statusCode": 200,"body":{"a":1}}`, false},
		{`{"statusCode":-1}`, false},
		{`{"statusCode":020}`, false},
		{`{"statusCode":200,"headers":{"a":{}}}`, false},
		{`{"statusCode":200,"headers":{"a":"1",}}`, false},
		{`{"statusCode":200,"headers":{"a":"1"]}`, false},
		{`{"statusCode":200,"multiValueHeaders":{"a":["1",2]}}`, false},
		{`{"statusCode":200,"multiValueHeaders":{"a":["1",]}}`, false},
		{`{"statusCode":200,"multiValueHeaders":{"a":["1"}}`, false},
		{`{"statusCode":200,"other":{}}`, false},
		{`{"statusCode":200,}`, false},
		{`{"statusCode" 200}`, false},
		{`{"statusCode":200:}`, false},
		{`{"statusCode":200,"cookies":["a""b"]}`, false},
		{`{"statusCode":200,"headers":{"a":"1""b":"2"}}`, false},
		{`{"statusCode":200"body":""}`, false},
		{`{"statusCode":200]`, false},
		{`{"statusCode","body"}`, false},
		{`{"statusCode":200,"headers":{"Age":0}}`, true},
		{`{"statusCode":00}`, false},
		{`{"statusCode":0.5}`, false},
		{`{"statusCode":200,"body":"\}`, false},
		{`{"statusCode":200,"cookies":["1"}}`, false},
		{"{\"statusCode\":200,\x01\"body\":\"\"}", false},
		{`{"statusCode":tru}`, false},
		{`{"statusCode":truer}`, false},
		{`{"statusCode":200,"body":"a` + "\n" + `"}`, false},
		{`{"statusCode":200,"body":"\x"}`, false},
		{`{"statusCode":200,"body":"`, false},
		{`{}`, false},
		{`[]`, false},
		{`"a"`, false},
		{` {"statusCode":200}`, false},
		{``, false},
	} {
		var a answer
		data := []byte(c.answer)
		if _, got := a.readFlat(&headerReader{data: data}, &flat{data: data}); got != c.flat {
			t.Errorf("%s: read flat to its end: %v", c.answer, got)
		}
		checkReadFlat(t, []byte(c.answer))
	}
}

// FuzzReadFlat compares what is read flat with what the scanner alone reads.
func FuzzReadFlat(f *testing.F) {
	for _, seed := range decodeSeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(checkReadFlat)
}

// TestReadFlatCutOff compares every beginning of what FuzzReadFlat starts from.
func TestReadFlatCutOff(t *testing.T) {
	for _, seed := range decodeSeeds() {
		for n := range len(seed) + 1 {
			checkReadFlat(t, []byte(seed[:n]))
		}
	}
}

func checkReadFlat(t *testing.T, data []byte) {
	t.Helper()
	before := bytes.Clone(data)
	var got, want answer
	gotFields, wantFields := &headerReader{data: data}, &headerReader{data: data}
	gotToken := got.read(gotFields)

	wantToken := want.readOn(wantFields, 0, false)
	if want.outer == '{' { // the latest member, which nobody asks for
		got.value, want.value = scanValue{}, scanValue{}
	}
	for _, a := range []*answer{&got, &want} {
		for _, v := range []*scanValue{&a.statusCode, &a.cookies, &a.body, &a.isBase64Encoded, &a.base64Encoded} {
			*v = unmarked(*v)
		}
	}
	if gotToken != wantToken || got != want {
		t.Fatalf("%q: token %d, %+v\nthe scanner alone: token %d, %+v", data, gotToken, got, wantToken, want)
	}
	for _, m := range []struct {
		name      string
		got, want *answerMap
	}{
		{"headers", &gotFields.headers, &wantFields.headers},
		{"multiValueHeaders", &gotFields.multiValueHeaders, &wantFields.multiValueHeaders},
	} {
		m.got.scanValue, m.want.scanValue = unmarked(m.got.scanValue), unmarked(m.want.scanValue)
		for _, members := range [][]answerMember{m.got.members, m.want.members} {
			for i := range members {
				members[i].value = unmarked(members[i].value)
			}
		}
		if m.got.scanValue != m.want.scanValue || m.got.more != m.want.more || !slices.Equal(m.got.members, m.want.members) {
			t.Fatalf("%q: %s %+v\nthe scanner alone: %+v", data, m.name, m.got, m.want)
		}
	}
	if !bytes.Equal(data, before) {
		t.Fatalf("%q has become %q", before, data)
	}
}

// unmarked is v without what its marks say if it is no string.
func unmarked(v scanValue) scanValue {
	if v.first != '"' {
		v.marks = 0
	}
	return v
}
