import com.amazonaws.serverless.proxy.internal.LambdaContainerHandler;
import com.amazonaws.serverless.proxy.jersey.JerseyLambdaContainerHandler;
import com.amazonaws.serverless.proxy.model.AwsProxyRequest;
import com.amazonaws.serverless.proxy.model.AwsProxyResponse;
import com.amazonaws.serverless.proxy.model.HttpApiV2ProxyRequest;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.glassfish.jersey.media.multipart.MultiPartFeature;
import org.glassfish.jersey.server.ResourceConfig;

/** The contract behind aws-serverless-java-container. FORMAT chooses the typed event: v1 or v2. */
public class Handler implements RequestStreamHandler {
  private final JerseyLambdaContainerHandler<?, AwsProxyResponse> handler =
      "v2".equals(System.getenv("FORMAT")) ? v2() : v1();

  static {
    LambdaContainerHandler.getContainerConfig().setDefaultContentCharset("UTF-8");
  }

  static ResourceConfig application() {
    return new ResourceConfig(Contract.class, MultiPartFeature.class);
  }

  private static JerseyLambdaContainerHandler<AwsProxyRequest, AwsProxyResponse> v1() {
    return JerseyLambdaContainerHandler.getAwsProxyHandler(application());
  }

  private static JerseyLambdaContainerHandler<HttpApiV2ProxyRequest, AwsProxyResponse> v2() {
    return JerseyLambdaContainerHandler.getHttpApiV2ProxyHandler(application());
  }

  @Override
  public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
    handler.proxyStream(in, out, context);
  }
}
