import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.CookieManager;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;

/**
 * java.net.http.HttpClient takes the steps that it reads and prints what came of them, a line each.
 *
 * <p>A step is name, kind, method, URL, header lines (base64), bodies (base64, with commas between those that
 * are sent at once) and a file; an answer is name, status, URL, header lines (base64), bodies (base64), error
 * (base64) and events, with tabs between them. The argument is the port of a proxy, or nothing.
 */
public final class GatewayClient {
    private static HttpClient client;

    public static void main(String[] args) throws Exception {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL).cookieHandler(new CookieManager());
        if (args.length > 0) {
            builder.proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0]))));
        }
        client = builder.build();
        for (String line : new String(System.in.readAllBytes()).split("\n")) {
            System.out.println(take(line.split("\t", -1)));
        }
        System.exit(0); // without waiting for the client's threads
    }

    private static String take(String[] step) {
        String name = step[0], kind = step[1];
        List<String> events = new ArrayList<>();
        String told = "0\t\t\t", error = "";
        try {
            if (kind.equals("stream") || kind.equals("gone")) {
                told = stream(step, events);
            } else {
                List<CompletableFuture<HttpResponse<byte[]>>> running = new ArrayList<>();
                for (String body : step[5].split(",", -1)) {
                    running.add(client.sendAsync(request(step, body), BodyHandlers.ofByteArray()));
                }
                List<String> bodies = new ArrayList<>();
                for (CompletableFuture<HttpResponse<byte[]>> one : running) {
                    HttpResponse<byte[]> r = one.get();
                    bodies.add(encode(decoded(r, r.body())));
                    told = head(r) + "\t" + String.join(",", bodies);
                }
            }
        } catch (Exception e) {
            error = encode(e.toString().getBytes());
        }
        return String.join("\t", name, told, error, String.join(",", events));
    }

    private static HttpRequest request(String[] step, String body) {
        HttpRequest.Builder r = HttpRequest.newBuilder(URI.create(step[3]))
                .timeout(Duration.ofSeconds(step[1].equals("impatient") ? 1 : 60))
                .method(step[2], body.isEmpty() ? BodyPublishers.noBody()
                        : BodyPublishers.ofByteArray(Base64.getDecoder().decode(body)));
        for (String line : new String(Base64.getDecoder().decode(step[4])).split("\n")) {
            if (!line.isEmpty()) {
                r.header(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
            }
        }
        return r.build();
    }

    /** Reads a stream; makes the file that the function waits for when it has the first part. */
    private static String stream(String[] step, List<String> events) throws Exception {
        HttpResponse<InputStream> r = client.send(request(step, ""), BodyHandlers.ofInputStream());
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        try (InputStream in = r.body()) {
            for (int n; (n = in.read(buffer)) >= 0; ) {
                got.write(buffer, 0, n);
                for (String part : List.of("first", "last")) {
                    if (!got.toString().contains(part) || events.contains(part)) {
                        continue;
                    }
                    events.add(part);
                    if (part.equals("first") && step[1].equals("gone")) {
                        return head(r) + "\t";
                    }
                    if (part.equals("first")) {
                        Files.createFile(Path.of(step[6]));
                        events.add("released");
                    }
                }
            }
        }
        return head(r) + "\t" + encode(got.toByteArray());
    }

    private static String head(HttpResponse<?> r) {
        StringBuilder lines = new StringBuilder();
        r.headers().map().forEach((name, values) ->
                lines.append(name).append(": ").append(String.join(", ", values)).append('\n'));
        return r.statusCode() + "\t" + r.uri() + "\t" + encode(lines.toString().getBytes());
    }

    private static byte[] decoded(HttpResponse<?> r, byte[] body) throws IOException {
        if (!r.headers().firstValue("content-encoding").orElse("").equals("gzip")) {
            return body;
        }
        return new GZIPInputStream(new java.io.ByteArrayInputStream(body)).readAllBytes();
    }

    private static String encode(byte[] b) {
        return Base64.getEncoder().encodeToString(b);
    }
}
