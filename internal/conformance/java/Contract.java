import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.OPTIONS;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glassfish.jersey.media.multipart.BodyPart;
import org.glassfish.jersey.media.multipart.FormDataBodyPart;
import org.glassfish.jersey.media.multipart.FormDataMultiPart;

/** The contract as a Jersey resource; ../contract/contract.go is the specification. */
@Path("/")
public class Contract {
  private static final String TEXT = "text/plain;charset=utf-8";
  private static final ObjectMapper JSON = new ObjectMapper();

  @Context HttpHeaders headers;
  @Context UriInfo uri;
  @Context Request request;

  private static Response text(int status, String body) {
    return Response.status(status).entity(body.getBytes(StandardCharsets.UTF_8)).type(TEXT).build();
  }

  private static Response json(Object value) throws IOException {
    return Response.ok(JSON.writeValueAsBytes(value), "application/json").build();
  }

  private static List<String[]> pairs(String query) {
    List<String[]> pairs = new ArrayList<>();
    for (String field : query.split("&")) {
      if (field.isEmpty()) continue;
      String[] pair = field.split("=", 2);
      String value = pair.length == 2 ? pair[1] : "";
      pairs.add(new String[] {
        URLDecoder.decode(pair[0], StandardCharsets.UTF_8), URLDecoder.decode(value, StandardCharsets.UTF_8)
      });
    }
    return pairs;
  }

  private Response echo(byte[] body) throws IOException {
    Map<String, Object> echo = new LinkedHashMap<>();
    String query = uri.getRequestUri().getRawQuery();
    List<String[]> fields = new ArrayList<>();
    headers.getRequestHeaders().forEach((name, values) -> values.forEach(v -> fields.add(new String[] {name, v})));
    List<String[]> cookies = new ArrayList<>();
    headers.getCookies().values().forEach(c -> cookies.add(new String[] {c.getName(), c.getValue()}));
    cookies.sort((a, b) -> a[0].compareTo(b[0]));
    echo.put("method", request.getMethod());
    echo.put("path", "/" + uri.getPath(true));
    echo.put("query", pairs(query == null ? "" : query));
    echo.put("headers", fields);
    echo.put("cookies", cookies);
    echo.put("body", body);
    echo.put("length", body.length);
    return json(echo);
  }

  private static final String ECHO = "echo{rest: (/.*)?}";

  @GET @Path(ECHO) public Response get() throws IOException { return echo(new byte[0]); }
  @HEAD @Path(ECHO) public Response head() throws IOException { return echo(new byte[0]); }
  @OPTIONS @Path(ECHO) public Response options() throws IOException { return echo(new byte[0]); }
  @POST @Path(ECHO) public Response post(byte[] body) throws IOException { return echo(body); }
  @PUT @Path(ECHO) public Response put(byte[] body) throws IOException { return echo(body); }
  @PATCH @Path(ECHO) public Response patch(byte[] body) throws IOException { return echo(body); }
  @DELETE @Path(ECHO) public Response delete(byte[] body) throws IOException { return echo(body); }

  @GET @Path("status/{code}")
  public Response status(@PathParam("code") int code) {
    return text(code, "status " + code);
  }

  @GET @Path("binary")
  public Response binary() {
    byte[] bytes = new byte[1024];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) i;
    return Response.ok(bytes, "application/octet-stream").build();
  }

  @GET @Path("utf8")
  public Response utf8() {
    return text(200, "Grüße, 世界 🌍");
  }

  @GET @Path("gzip")
  public Response gzip() {
    byte[] bytes = Base64.getDecoder().decode("H4sIAAAAAAACA6tWSs7PLShKLS5OTVGyKikqTa0FAPHqOZUTAAAA");
    return Response.ok(bytes, "application/json").header("Content-Encoding", "gzip").build();
  }

  @POST @Path("form")
  public Response form(byte[] body) throws IOException {
    return json(pairs(new String(body, StandardCharsets.UTF_8)));
  }

  @POST @Path("multipart")
  public Response multipart(FormDataMultiPart form) throws IOException {
    List<String[]> fields = new ArrayList<>();
    List<Map<String, Object>> files = new ArrayList<>();
    for (BodyPart part : form.getBodyParts()) {
      FormDataBodyPart field = (FormDataBodyPart) part;
      byte[] body = field.getEntityAs(byte[].class);
      String filename = field.getContentDisposition().getFileName();
      if (filename == null) {
        fields.add(new String[] {field.getName(), new String(body, StandardCharsets.UTF_8)});
        continue;
      }
      Map<String, Object> file = new LinkedHashMap<>();
      file.put("name", field.getName());
      file.put("filename", filename);
      file.put("type", field.getMediaType().toString());
      file.put("body", body);
      files.add(file);
    }
    return json(Map.of("fields", fields, "files", files));
  }

  @GET @Path("redirect")
  public Response redirect() {
    return Response.status(302).header("Location", "/echo/target?x=1").build();
  }

  @GET @Path("cookies")
  public Response cookies() {
    return Response.fromResponse(text(200, "cookies"))
        .header("Set-Cookie", "a=1; Path=/")
        .header("Set-Cookie", "b=2; Path=/; HttpOnly")
        .header("Set-Cookie", "c=3; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT")
        .build();
  }

  @GET @Path("headers")
  public Response headers() {
    return Response.fromResponse(text(200, "headers"))
        .header("X-One", "1")
        .header("X-List", "a")
        .header("X-List", "b")
        .build();
  }

  @GET @Path("empty")
  public Response empty() {
    return text(200, "");
  }

  @GET @Path("nocontent")
  public Response nocontent() {
    return Response.noContent().build();
  }

  @GET @Path("error")
  public Response error() {
    return text(500, "Internal Server Error");
  }

  @GET @Path("large")
  public Response large() {
    return text(200, "0123456789abcde\n".repeat(5 << 16));
  }
}
