/* SPDX-License-Identifier: LGPL-2.1-or-later */
package org.lwm2md.interop;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.leshan.core.observation.CompositeObservation;
import org.eclipse.leshan.core.observation.Observation;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.response.ObserveCompositeResponse;
import org.eclipse.leshan.core.response.ObserveResponse;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.observation.ObservationListener;
import org.eclipse.leshan.server.registration.Registration;
import org.eclipse.leshan.server.registration.RegistrationListener;
import org.eclipse.leshan.server.registration.RegistrationUpdate;

/**
 * What happened, at /api/events?ep=&after=&timeout=: the events of that endpoint with a number above "after".
 *
 * Where there is none, the answer waits "timeout" milliseconds for one. The kinds are those of the demo server:
 * REGISTRATION, UPDATED, DEREGISTRATION, NOTIFICATION, and ERROR for a notification that Leshan cannot decode.
 */
final class Events implements Api.Part, RegistrationListener, ObservationListener {
    /** The newest so many are kept. */
    private static final int LIMIT = 10000;

    private record Event(long number, String endpoint, Map<String, Object> content) {
    }

    private final Deque<Event> events = new ArrayDeque<>();
    private long last;

    Events(LeshanServer server) {
        server.getRegistrationService().addListener(this);
        server.getObservationService().addListener(this);
    }

    @Override
    public Object answer(Api.Call call) throws InterruptedException {
        return since(call.parameters().get("ep"), call.number("after", 0), call.number("timeout", 0));
    }

    private synchronized List<Map<String, Object>> since(String endpoint, long after, long timeout)
            throws InterruptedException {
        long end = System.nanoTime() + timeout * 1_000_000;

        while (true) {
            List<Map<String, Object>> found = events.stream()
                    .filter(event -> event.number > after && (endpoint == null || endpoint.equals(event.endpoint)))
                    .map(Event::content).toList();
            long left = (end - System.nanoTime()) / 1_000_000;
            if (!found.isEmpty() || left <= 0) {
                return found;
            }
            wait(left);
        }
    }

    private synchronized void add(String kind, Registration registration, Map<String, ?> details) {
        Map<String, Object> content = new LinkedHashMap<>();

        content.put("number", ++last);
        content.put("event", kind);
        content.put("ep", registration.getEndpoint());
        content.put("registration", Json.registration(registration));
        content.putAll(details);
        events.addLast(new Event(last, registration.getEndpoint(), content));
        if (events.size() > LIMIT) {
            events.removeFirst();
        }
        notifyAll();
    }

    @Override
    public void registered(Registration registration, Registration previous, Collection<Observation> observations) {
        add("REGISTRATION", registration, Map.of());
    }

    @Override
    public void updated(RegistrationUpdate update, Registration registration, Registration previous) {
        Map<String, Object> parameters = new HashMap<>();

        parameters.put("lifetime", update.getLifeTimeInSec());
        parameters.put("bindingMode", Json.binding(update.getBindingMode()));
        parameters.put("smsNumber", update.getSmsNumber());
        parameters.put("objectLinks", Json.links(update.getObjectLinks()));
        parameters.values().removeIf(java.util.Objects::isNull);
        add("UPDATED", registration, Map.of("update", parameters));
    }

    @Override
    public void unregistered(Registration registration, Collection<Observation> observations, boolean expired,
            Registration replacement) {
        add("DEREGISTRATION", registration, Map.of("expired", expired, "replaced", replacement != null));
    }

    @Override
    public void onResponse(SingleObservation observation, Registration registration, ObserveResponse response) {
        add("NOTIFICATION", registration,
                Map.of("res", observation.getPath().toString(), "response", Json.response(response)));
    }

    @Override
    public void onResponse(CompositeObservation observation, Registration registration,
            ObserveCompositeResponse response) {
        add("NOTIFICATION", registration, Map.of("response", Json.response(response)));
    }

    @Override
    public void onError(Observation observation, Registration registration, Exception error) {
        if (registration != null) {
            add("ERROR", registration, Map.of("text", error.toString()));
        }
    }

    @Override
    public void newObservation(Observation observation, Registration registration) {
        /* Whoever asked for it has the answer. */
    }

    @Override
    public void cancelled(Observation observation) {
        /* Whoever asked for it has the answer. */
    }
}
