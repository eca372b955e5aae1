/* SPDX-License-Identifier: LGPL-2.1-or-later */
package org.lwm2md.interop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.californium.core.coap.Message;
import org.eclipse.leshan.core.link.DefaultLinkSerializer;
import org.eclipse.leshan.core.link.Link;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.node.LwM2mChildNode;
import org.eclipse.leshan.core.node.LwM2mMultipleResource;
import org.eclipse.leshan.core.node.LwM2mObject;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mResourceInstance;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.node.ObjectLink;
import org.eclipse.leshan.core.request.BindingMode;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.response.CreateResponse;
import org.eclipse.leshan.core.response.DiscoverResponse;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.util.datatype.ULong;
import org.eclipse.leshan.server.registration.Registration;

/** Leshan's objects as JSON, with the member names of the demo server. Times are milliseconds since 1970. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {
    }

    static String write(Object value) throws JsonProcessingException {
        return MAPPER.writeValueAsString(value);
    }

    static JsonNode read(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }

    static Map<String, Object> registration(Registration source) {
        Map<String, Object> result = new LinkedHashMap<>();

        result.put("endpoint", source.getEndpoint());
        result.put("registrationId", source.getId());
        result.put("address", source.getSocketAddress().toString());
        result.put("lwM2mVersion", source.getLwM2mVersion().toString());
        result.put("lifetime", source.getLifeTimeInSec());
        result.put("bindingMode", binding(source.getBindingMode()));
        result.put("queuemode", source.usesQueueMode());
        result.put("smsNumber", source.getSmsNumber());
        result.put("rootPath", source.getRootPath());
        result.put("objectLinks", links(source.getObjectLinks()));
        result.put("contentFormats", source.getSupportedContentFormats().stream().map(ContentFormat::getName).toList());
        result.put("secure", source.getClientTransportData().getIdentity().isSecure());
        result.put("additionalRegistrationAttributes", source.getAdditionalRegistrationAttributes());
        return result;
    }

    static String binding(EnumSet<BindingMode> source) {
        return source == null ? null : BindingMode.toString(source);
    }

    static List<Object> links(Link[] source) {
        List<Object> result = new ArrayList<>();

        if (source == null) {
            return null;
        }
        for (Link link : source) {
            Map<String, Object> attributes = new TreeMap<>();
            link.getAttributes().forEach(attribute -> attributes.put(attribute.getName(), attribute.getCoreLinkValue()));
            result.add(Map.of("url", link.getUriReference(), "attributes", attributes));
        }
        return result;
    }

    static Map<String, Object> response(LwM2mResponse source) {
        Map<String, Object> result = new LinkedHashMap<>();

        result.put("status", source.getCode().toString());
        result.put("success", source.isSuccess());
        if (source.getErrorMessage() != null && !source.getErrorMessage().isEmpty()) {
            result.put("errormessage", source.getErrorMessage());
        }
        if (source.getCoapResponse() instanceof Message message) {
            result.put("type", message.getType().toString());
            if (message.getOptions().hasContentFormat()) {
                result.put("contentFormat", message.getOptions().getContentFormat());
            }
        }
        if (source instanceof ReadResponse read && read.getContent() != null) {
            result.put("content", content(read.getContent()));
        } else if (source instanceof DiscoverResponse discover && discover.getObjectLinks() != null) {
            result.put("objectLinks", links(discover.getObjectLinks()));
        } else if (source instanceof CreateResponse create && create.getLocation() != null) {
            result.put("location", create.getLocation());
        }
        return result;
    }

    private static Map<String, Object> content(LwM2mChildNode node) {
        Map<String, Object> result = new LinkedHashMap<>();

        result.put("id", node.getId());
        if (node instanceof LwM2mObject object) {
            result.put("kind", "obj");
            result.put("instances", object.getInstances().values().stream().map(Json::content).toList());
        } else if (node instanceof LwM2mObjectInstance instance) {
            result.put("kind", "instance");
            result.put("resources", instance.getResources().values().stream().map(Json::content).toList());
        } else if (node instanceof LwM2mResourceInstance instance) {
            result.put("kind", "resourceInstance");
            describe(result, instance.getType(), instance.getValue());
        } else if (node instanceof LwM2mResource resource && resource.isMultiInstances()) {
            Map<String, Object> values = new TreeMap<>();
            resource.getInstances().forEach((id, instance) -> values.put(id.toString(),
                    value(instance.getType(), instance.getValue())));
            result.put("kind", "multiResource");
            result.put("type", resource.getType());
            result.put("values", values);
        } else if (node instanceof LwM2mResource resource) {
            result.put("kind", "singleResource");
            describe(result, resource.getType(), resource.getValue());
        }
        return result;
    }

    private static void describe(Map<String, Object> result, Type type, Object value) {
        result.put("type", type);
        result.put("value", value(type, value));
    }

    /** Numbers are text, since not every reader of JSON keeps 64 bits. */
    private static Object value(Type type, Object value) {
        return switch (type) {
        case OPAQUE -> HexFormat.of().formatHex((byte[]) value);
        case TIME -> ((Date) value).getTime();
        case BOOLEAN -> value;
        case OBJLNK -> ((ObjectLink) value).encodeToString();
        case CORELINK -> new DefaultLinkSerializer().serializeCoreLinkFormat((Link[]) value);
        default -> value.toString();
        };
    }

    /** The other way: an instance, a resource or a resource instance of a Write or Create. */
    static LwM2mChildNode node(JsonNode source) throws Api.Failure {
        int id = source.path("id").asInt();

        switch (source.path("kind").asText()) {
        case "instance":
            return new LwM2mObjectInstance(id, resources(source));
        case "singleResource":
            return LwM2mSingleResource.newResource(id, value(type(source), source.path("value").asText()),
                    type(source));
        case "resourceInstance":
            return LwM2mResourceInstance.newInstance(id, value(type(source), source.path("value").asText()),
                    type(source));
        case "multiResource":
            return new LwM2mMultipleResource(id, type(source), instances(source));
        default:
            throw new Api.Failure(400, "kind: " + source.path("kind"));
        }
    }

    private static List<LwM2mResource> resources(JsonNode source) throws Api.Failure {
        List<LwM2mResource> result = new ArrayList<>();

        for (JsonNode child : source.path("resources")) {
            if (!(node(child) instanceof LwM2mResource resource)) {
                throw new Api.Failure(400, "an instance has resources");
            }
            result.add(resource);
        }
        return result;
    }

    private static List<LwM2mResourceInstance> instances(JsonNode source) throws Api.Failure {
        List<LwM2mResourceInstance> result = new ArrayList<>();

        for (Map.Entry<String, JsonNode> entry : source.path("values").properties()) {
            result.add(LwM2mResourceInstance.newInstance(Integer.parseInt(entry.getKey()),
                    value(type(source), entry.getValue().asText()), type(source)));
        }
        return result;
    }

    private static Type type(JsonNode source) throws Api.Failure {
        String name = source.path("type").asText().toUpperCase(Locale.ROOT);

        return Arrays.stream(Type.values()).filter(type -> type.name().equals(name)).findFirst()
                .orElseThrow(() -> new Api.Failure(400, "type: " + name));
    }

    private static Object value(Type type, String text) throws Api.Failure {
        return switch (type) {
        case STRING -> text;
        case INTEGER -> Long.valueOf(text);
        case UNSIGNED_INTEGER -> ULong.valueOf(text);
        case FLOAT -> Double.valueOf(text);
        case BOOLEAN -> Boolean.valueOf(text);
        case TIME -> new Date(Long.parseLong(text));
        case OPAQUE -> HexFormat.of().parseHex(text);
        case OBJLNK -> ObjectLink.decodeFromString(text);
        default -> throw new Api.Failure(400, "not written here: " + type);
        };
    }
}
