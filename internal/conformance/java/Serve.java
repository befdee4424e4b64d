import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.logging.LogManager;
import org.glassfish.jersey.jdkhttp.JdkHttpHandlerContainer;
import org.glassfish.jersey.server.ContainerFactory;

/** Serves the contract over plain HTTP, by the JDK's server, and prints the port. */
public class Serve {
  public static void main(String[] args) throws Exception {
    LogManager.getLogManager().reset();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/", ContainerFactory.createContainer(JdkHttpHandlerContainer.class, Handler.application()));
    server.start();
    System.out.println("PORT " + server.getAddress().getPort());
  }
}
