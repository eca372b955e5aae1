/* SPDX-License-Identifier: LGPL-2.1-or-later */
package org.lwm2md.interop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.leshan.core.node.InvalidLwM2mPathException;
import org.eclipse.leshan.core.node.codec.CodecException;
import org.eclipse.leshan.core.request.exception.InvalidRequestException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HTTP around a part of the interface: takes requests apart, answers with JSON, turns exceptions into statuses. */
final class Api {
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);

    /** What is wrong with a request, as an HTTP status. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;
        final int status;

        Failure(int status, String text) {
            super(text);
            this.status = status;
        }
    }

    /** One request. path: the segments below the part's own address, decoded. */
    record Call(String method, List<String> path, Map<String, String> parameters, String query, String body) {
        long number(String name, long otherwise) {
            return Optional.ofNullable(parameters.get(name)).map(Long::parseLong).orElse(otherwise);
        }

        String last() {
            return path.isEmpty() ? "" : path.get(path.size() - 1);
        }
    }

    /** A part of the interface. What it returns is written as JSON. */
    interface Part {
        Object answer(Call call) throws Exception;
    }

    private Api() {
    }

    static void serve(HttpServer server, String address, Part part) {
        server.createContext(address, exchange -> handle(exchange, address, part));
    }

    private static void handle(HttpExchange exchange, String address, Part part) throws IOException {
        try {
            send(exchange, 200, part.answer(parse(exchange, address)));
        } catch (Failure failure) {
            send(exchange, failure.status, Map.of("error", failure.getMessage()));
        } catch (InvalidRequestException | CodecException | InvalidLwM2mPathException
                | IllegalArgumentException invalid) {
            send(exchange, 400, Map.of("error", String.valueOf(invalid.getMessage())));
        } catch (Exception error) {
            LOG.warn("{} {}", exchange.getRequestMethod(), exchange.getRequestURI(), error);
            send(exchange, 500, Map.of("error", error.toString()));
        }
    }

    private static Call parse(HttpExchange exchange, String address) throws IOException {
        String raw = exchange.getRequestURI().getRawPath().substring(address.length());
        String query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
        List<String> path = Arrays.stream(raw.split("/")).filter(part -> !part.isEmpty()).map(Api::decode).toList();
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : query.split("&")) {
            String[] halves = pair.split("=", 2);
            if (!pair.isEmpty()) {
                parameters.put(decode(halves[0]), halves.length > 1 ? decode(halves[1]) : "");
            }
        }
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        return new Call(exchange.getRequestMethod(), path, parameters, query, body);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static void send(HttpExchange exchange, int status, Object answer) throws IOException {
        byte[] body = Json.write(answer).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
