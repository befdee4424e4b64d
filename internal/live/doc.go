// Package live checks what vialambda takes for Lambda's behaviour, against
// Lambda. The functions are those of examples/live, deployed by whoever runs it:
//
//	VIALAMBDA_LIVE_FUNCTION=… VIALAMBDA_LIVE_STREAM=… make live
//
// An ordinary test runs the same checks against locallambda and the same
// function. It deploys nothing.
package live
