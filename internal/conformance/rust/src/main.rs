//! The contract as an axum application: a Lambda function by lambda_http, or,
//! with PLAIN set, a server of its own that prints its port.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Multipart, Path, Request},
    http::{header, HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{any, get, post},
    Json, Router,
};
use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Value};

const GZIP: &str = "H4sIAAAAAAACA6tWSs7PLShKLS5OTVGyKikqTa0FAPHqOZUTAAAA";

async fn echo(request: Request) -> Json<Value> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = percent_encoding::percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    Json(json!({
        "method": parts.method.as_str(),
        "path": path,
        "query": pairs(parts.uri.query().unwrap_or("").as_bytes()),
        "headers": headers(&parts.headers),
        "cookies": cookies(&parts.headers),
        "body": BASE64_STANDARD.encode(&body),
        "length": body.len(),
    }))
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    map.iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

fn cookies(map: &HeaderMap) -> Vec<(String, String)> {
    map.get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or("").split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

async fn status(Path(code): Path<u16>) -> impl IntoResponse {
    (StatusCode::from_u16(code).unwrap(), format!("status {code}"))
}

async fn binary() -> impl IntoResponse {
    let bytes: Vec<u8> = (0..1024).map(|i| i as u8).collect();
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes)
}

async fn gzip() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")],
        BASE64_STANDARD.decode(GZIP).unwrap(),
    )
}

async fn form(body: Bytes) -> Json<Value> {
    Json(json!(pairs(&body)))
}

async fn multipart(request: Request) -> Json<Value> {
    let mut parts = Multipart::from_request(request, &()).await.unwrap();
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.unwrap() {
        let name = part.name().unwrap_or("").to_string();
        match (part.file_name().map(String::from), part.content_type().map(String::from)) {
            (None, _) => fields.push((name, part.text().await.unwrap())),
            (Some(filename), kind) => files.push(json!({
                "name": name,
                "filename": filename,
                "type": kind,
                "body": BASE64_STANDARD.encode(part.bytes().await.unwrap()),
            })),
        }
    }
    Json(json!({"fields": fields, "files": files}))
}

async fn cookies_set() -> Response {
    let mut response = "cookies".into_response();
    for cookie in [
        "a=1; Path=/",
        "b=2; Path=/; HttpOnly",
        "c=3; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT",
    ] {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(cookie));
    }
    response
}

async fn headers_set() -> Response {
    let mut response = "headers".into_response();
    for (name, value) in [("x-one", "1"), ("x-list", "a"), ("x-list", "b")] {
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
    response
}

async fn large() -> String {
    "0123456789abcde\n".repeat(5 << 16)
}

async fn error() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
}

/// Five lines, each written when the one before it has left.
async fn stream() -> impl IntoResponse {
    let lines = futures_util::stream::unfold(0, |i| async move {
        (i < 5).then(|| (Ok::<_, std::convert::Infallible>(Bytes::from(format!("line {i}\n"))), i + 1))
    });
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], Body::from_stream(lines))
}

fn app() -> Router {
    Router::new()
        .route("/echo", any(echo))
        .route("/echo/{*rest}", any(echo))
        .route("/status/{code}", get(status))
        .route("/binary", get(binary))
        .route("/utf8", get(|| async { "Grüße, 世界 🌍" }))
        .route("/gzip", get(gzip))
        .route("/form", post(form))
        .route("/multipart", post(multipart))
        .route("/redirect", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/echo/target?x=1")]) }))
        .route("/cookies", get(cookies_set))
        .route("/headers", get(headers_set))
        .route("/empty", get(|| async { "" }))
        .route("/nocontent", get(|| async { StatusCode::NO_CONTENT }))
        .route("/error", get(error))
        .route("/large", get(large))
        .route("/stream", get(stream))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    if std::env::var_os("PLAIN").is_some() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("PORT {}", listener.local_addr()?.port());
        axum::serve(listener, app()).await?;
        return Ok(());
    }
    if std::env::var_os("STREAM").is_some() {
        return lambda_http::run_with_streaming_response(app()).await;
    }
    lambda_http::run(app()).await
}
