/* SPDX-License-Identifier: LGPL-2.1-or-later */
package org.lwm2md.interop;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.leshan.core.endpoint.DefaultEndPointUriHandler;
import org.eclipse.leshan.core.endpoint.EndPointUriHandler;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.LeshanServerBuilder;
import org.eclipse.leshan.server.endpoint.LwM2mServerEndpoint;
import org.eclipse.leshan.server.model.VersionedModelProvider;
import org.eclipse.leshan.servers.security.InMemorySecurityStore;
import org.eclipse.leshan.transport.californium.server.endpoint.CaliforniumServerEndpointsProvider;
import org.eclipse.leshan.transport.californium.server.endpoint.coap.CoapServerProtocolProvider;
import org.eclipse.leshan.transport.californium.server.endpoint.coaps.CoapsServerEndpointFactoryBuilder;
import org.eclipse.leshan.transport.californium.server.endpoint.coaps.CoapsServerProtocolProvider;

/**
 * Leshan's server library on loopback, with a REST interface in the manner of Leshan's demo server.
 *
 * It tells its ports in one line of JSON and ends when its standard input does. On 127.0.0.1 and ::1 DTLS has the
 * suites that Leshan chooses, on 127.0.0.2 TLS_PSK_WITH_AES_128_CBC_SHA256 only.
 *   --cid LENGTH   connection identifiers (RFC 9146) of that many octets; none without this option
 */
public final class Main {
    private static final int HTTP_THREADS = 16;

    private final InMemorySecurityStore security = new InMemorySecurityStore();
    private final EndPointUriHandler uris = new DefaultEndPointUriHandler();
    private final InetAddress ipv4 = InetAddress.getByName("127.0.0.1");
    private final InetAddress cbc = InetAddress.getByName("127.0.0.2");
    private final InetAddress ipv6 = InetAddress.getByName("::1");
    private final LeshanServer leshan;
    private final HttpServer http;

    private Main(Integer cidLength) throws Exception {
        CaliforniumServerEndpointsProvider.Builder endpoints = new CaliforniumServerEndpointsProvider.Builder(
                new CoapServerProtocolProvider(), new CoapsServerProtocolProvider());
        Configuration configuration = endpoints.createDefaultConfiguration();
        configuration.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, cidLength);
        endpoints.setConfiguration(configuration);
        endpoints.addEndpoint(new InetSocketAddress(ipv4, 0), Protocol.COAP);
        endpoints.addEndpoint(new InetSocketAddress(ipv4, 0), Protocol.COAPS);
        addCbcEndpoint(endpoints);
        if (canBind(ipv6)) {
            endpoints.addEndpoint(new InetSocketAddress(ipv6, 0), Protocol.COAP);
            endpoints.addEndpoint(new InetSocketAddress(ipv6, 0), Protocol.COAPS);
        }

        leshan = new LeshanServerBuilder()
                .setEndpointsProviders(endpoints.build())
                .setObjectModelProvider(new VersionedModelProvider(ObjectLoader.loadAllDefault()))
                .setSecurityStore(security)
                .build();
        http = HttpServer.create(new InetSocketAddress(ipv4, 0), 0);
        http.setExecutor(Executors.newFixedThreadPool(HTTP_THREADS));
        Events events = new Events(leshan);
        Api.serve(http, "/api/clients", new Clients(leshan));
        Api.serve(http, "/api/security/clients", new Security(security));
        Api.serve(http, "/api/events", events);
    }

    /** TLS_PSK_WITH_AES_128_CBC_SHA256 is not among the suites that Californium recommends: it has its own address. */
    private void addCbcEndpoint(CaliforniumServerEndpointsProvider.Builder endpoints) {
        endpoints.addEndpoint(new CoapsServerEndpointFactoryBuilder(uris)
                .setURI(new InetSocketAddress(cbc, 0))
                .setDtlsConnectorConfig(dtls -> dtls
                        .set(DtlsConfig.DTLS_RECOMMENDED_CIPHER_SUITES_ONLY, false)
                        .set(DtlsConfig.DTLS_CIPHER_SUITES, List.of(CipherSuite.TLS_PSK_WITH_AES_128_CBC_SHA256)))
                .build());
    }

    private static boolean canBind(InetAddress address) {
        try (java.net.DatagramSocket socket = new java.net.DatagramSocket(new InetSocketAddress(address, 0))) {
            return socket.isBound();
        } catch (java.net.SocketException unsupported) {
            return false;
        }
    }

    private void run() throws Exception {
        leshan.start();
        http.start();
        List<String> addresses = leshan.getEndpoints().stream()
                .map(LwM2mServerEndpoint::getURI).map(Object::toString).toList();
        System.out.println(Json.write(Map.of("http", http.getAddress().getPort(), "endpoints", addresses)));
        System.out.flush();
        while (System.in.read() >= 0) {
            continue;
        }
        http.stop(0);
        leshan.destroy();
        System.exit(0);
    }

    public static void main(String[] arguments) throws Exception {
        boolean cid = arguments.length == 2 && arguments[0].equals("--cid");
        if (arguments.length > 0 && !cid) {
            System.err.println("usage: Main [--cid LENGTH]");
            System.exit(2);
        }
        new Main(cid ? Integer.valueOf(arguments[1]) : null).run();
    }
}
