/* SPDX-License-Identifier: LGPL-2.1-or-later */
package org.lwm2md.interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HexFormat;
import java.util.Map;
import org.eclipse.leshan.servers.security.EditableSecurityStore;
import org.eclipse.leshan.servers.security.NonUniqueSecurityInfoException;
import org.eclipse.leshan.servers.security.SecurityInfo;

/**
 * Pre-shared keys at /api/security/clients: GET, PUT and DELETE /{endpoint}.
 *
 * {"endpoint": "…", "tls": {"mode": "psk", "details": {"identity": "…", "key": "hexadecimal"}}}
 */
final class Security implements Api.Part {
    private final EditableSecurityStore store;

    Security(EditableSecurityStore store) {
        this.store = store;
    }

    @Override
    public Object answer(Api.Call call) throws Exception {
        switch (call.method()) {
        case "GET":
            return store.getAll().stream().map(Security::describe).toList();
        case "PUT":
            return add(Json.read(call.body()));
        case "DELETE":
            return Map.of("removed", store.remove(call.last(), true) != null);
        default:
            throw new Api.Failure(405, call.method());
        }
    }

    private Object add(JsonNode wanted) throws Api.Failure {
        JsonNode details = wanted.path("tls").path("details");
        if (!wanted.path("tls").path("mode").asText().equals("psk")) {
            throw new Api.Failure(400, "only the mode psk is known");
        }
        SecurityInfo info = SecurityInfo.newPreSharedKeyInfo(wanted.path("endpoint").asText(),
                details.path("identity").asText(), HexFormat.of().parseHex(details.path("key").asText()));
        try {
            store.add(info);
        } catch (NonUniqueSecurityInfoException taken) {
            throw new Api.Failure(409, taken.getMessage());
        }
        return describe(info);
    }

    private static Object describe(SecurityInfo info) {
        Object details = Map.of("identity", info.getPskIdentity(),
                "key", HexFormat.of().formatHex(info.getPreSharedKey()));
        return Map.of("endpoint", info.getEndpoint(), "tls", Map.of("mode", "psk", "details", details));
    }
}
