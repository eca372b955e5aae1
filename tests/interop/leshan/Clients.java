/* SPDX-License-Identifier: LGPL-2.1-or-later */
package org.lwm2md.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.leshan.core.link.lwm2m.attributes.DefaultLwM2mAttributeParser;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributeSet;
import org.eclipse.leshan.core.node.LwM2mChildNode;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.request.CancelObservationRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.CreateRequest;
import org.eclipse.leshan.core.request.DeleteRequest;
import org.eclipse.leshan.core.request.DiscoverRequest;
import org.eclipse.leshan.core.request.DownlinkDeviceManagementRequest;
import org.eclipse.leshan.core.request.ExecuteRequest;
import org.eclipse.leshan.core.request.ObserveRequest;
import org.eclipse.leshan.core.request.ReadRequest;
import org.eclipse.leshan.core.request.WriteAttributesRequest;
import org.eclipse.leshan.core.request.WriteRequest;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.registration.Registration;

/**
 * The registered clients, and operations on them, at /api/clients.
 *
 * GET                                all registrations
 * GET    /{ep}                       one
 * GET    /{ep}/{path}                Read
 * GET    /{ep}/{path}/discover       Discover
 * GET    /{ep}/observations          what is observed
 * PUT    /{ep}/{path}?replace=       Write, by POST where replace is false
 * PUT    /{ep}/{path}/attributes?…   Write-Attributes
 * POST   /{ep}/{o}/{i}/{r}           Execute; the body is the argument
 * POST   /{ep}/{o}                   Create
 * POST   /{ep}/{path}/observe        Observe
 * DELETE /{ep}/{path}/observe        cancels by a Reset of the next notification; with ?active by a GET
 * DELETE /{ep}/{path}                Delete
 *
 * format= is the name of a content format (TLV, TEXT …), timeout= milliseconds to wait for the client.
 */
final class Clients implements Api.Part {
    private static final long TIMEOUT_MS = 10000;

    private final LeshanServer server;

    Clients(LeshanServer server) {
        this.server = server;
    }

    @Override
    public Object answer(Api.Call call) throws Exception {
        if (call.path().isEmpty()) {
            return all();
        }
        Registration client = server.getRegistrationService().getByEndpoint(call.path().get(0));
        if (client == null) {
            throw new Api.Failure(404, "not registered: " + call.path().get(0));
        }
        if (call.path().size() == 1) {
            return Json.registration(client);
        }
        if (call.last().equals("observations")) {
            return observations(client).stream().map(observation -> observation.getPath().toString()).toList();
        }
        switch (call.method()) {
        case "GET":
            return send(client, call, get(call));
        case "PUT":
            return send(client, call, put(call));
        case "POST":
            return send(client, call, post(call));
        case "DELETE":
            return delete(client, call);
        default:
            throw new Api.Failure(405, call.method());
        }
    }

    private List<Object> all() {
        List<Object> found = new ArrayList<>();

        server.getRegistrationService().getAllRegistrations()
                .forEachRemaining(client -> found.add(Json.registration(client)));
        return found;
    }

    private Object send(Registration client, Api.Call call, DownlinkDeviceManagementRequest<?> request)
            throws Exception {
        LwM2mResponse response = server.send(client, request, call.number("timeout", TIMEOUT_MS));

        if (response == null) {
            throw new Api.Failure(504, "no answer");
        }
        return Json.response(response);
    }

    /** The path of the data model in the address; word: what follows it, if anything. */
    private static String target(Api.Call call, String word) {
        int end = call.path().size() - (call.last().equals(word) ? 1 : 0);

        return "/" + String.join("/", call.path().subList(1, end));
    }

    private static ContentFormat format(Api.Call call) {
        return Optional.ofNullable(call.parameters().get("format")).map(ContentFormat::fromName).orElse(null);
    }

    private static DownlinkDeviceManagementRequest<?> get(Api.Call call) {
        if (call.last().equals("discover")) {
            return new DiscoverRequest(target(call, "discover"));
        }
        return new ReadRequest(format(call), target(call, ""));
    }

    private static DownlinkDeviceManagementRequest<?> put(Api.Call call) throws Exception {
        if (call.last().equals("attributes")) {
            return new WriteAttributesRequest(target(call, "attributes"),
                    new LwM2mAttributeSet(new DefaultLwM2mAttributeParser().parseUriQuery(call.query())));
        }
        boolean replace = !"false".equals(call.parameters().get("replace"));
        return new WriteRequest(replace ? WriteRequest.Mode.REPLACE : WriteRequest.Mode.UPDATE, format(call),
                target(call, ""), Json.node(Json.read(call.body())));
    }

    private static DownlinkDeviceManagementRequest<?> post(Api.Call call) throws Exception {
        if (call.last().equals("observe")) {
            return new ObserveRequest(format(call), target(call, "observe"));
        }
        if (new LwM2mPath(target(call, "")).isResource()) {
            return new ExecuteRequest(target(call, ""), call.body().isEmpty() ? null : call.body());
        }
        LwM2mChildNode node = Json.node(Json.read(call.body()));
        if (!(node instanceof LwM2mObjectInstance instance)) {
            throw new Api.Failure(400, "Create takes an instance");
        }
        return new CreateRequest(format(call), target(call, ""), instance);
    }

    private Object delete(Registration client, Api.Call call) throws Exception {
        if (!call.last().equals("observe")) {
            return send(client, call, new DeleteRequest(target(call, "")));
        }
        LwM2mPath path = new LwM2mPath(target(call, "observe"));
        SingleObservation observation = observations(client).stream()
                .filter(candidate -> candidate.getPath().equals(path)).findFirst()
                .orElseThrow(() -> new Api.Failure(404, "not observed: " + path));
        Object answer = Map.of();
        if (call.parameters().containsKey("active")) {
            answer = send(client, call, new CancelObservationRequest(observation));
        }
        server.getObservationService().cancelObservation(observation);
        return answer;
    }

    private List<SingleObservation> observations(Registration client) {
        return server.getObservationService().getObservations(client).stream()
                .filter(SingleObservation.class::isInstance).map(SingleObservation.class::cast).toList();
    }
}
