/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* tests/vectors/secured-packet.json, and an account to each vector. */

#include <jansson.h>

#include "fake-host.h"

#define REQUEST "44011234A1B2C3D4B13301300130" /* CON GET /3/0/0 */

/* Reads the file, or aborts. The caller owns it. */
json_t *vectors_load(const char *path);

/* The vector of one of the arrays "vectors" and "reference" with this id, borrowed. */
const json_t *vectors_find(const json_t *file, const char *id);

/* Members; "" where there is none. */
const char *vector_text(const json_t *vector, const char *member);
GBytes *vector_bytes(const json_t *vector, const char *member);
guint64 vector_number(const json_t *vector, const char *member); /* of hexadecimal digits */

/* Octets of hexadecimal digits. */
GBytes *bytes_of(const char *digits);

/* One account that is made by hand: key parameters and both keys in hexadecimal digits. */
void account_set(FakeHost *host, const char *parameters, const char *keys, const char *options);

/*
 * The account of a vector, the other end of it or this one: parameters with SPI2, or in the short
 * form, keys, and options that allow what the vector has. The counters stand right before it.
 */
void account_of_vector(FakeHost *host, const json_t *vector, gboolean with_spi2);

/* create() and start(), which must succeed. */
void account_open(FakeHost *host);

/* Power is cut: nothing is said to the plugin, the counters are what was stored. */
void account_restart(FakeHost *host);

/* A packet with REQUEST in it. The caller owns it. */
GBytes *account_request(FakeHost *host);

/* A packet nobody may notice: -EBADMSG, nothing is emitted, no counter moves. */
void account_assert_silent(FakeHost *host, GBytes *packet);

/* The next of a queue, as hexadecimal digits; NULL where it is empty. */
char *pop_hex(GQueue *queue);

char *hex_of(const void *data, gsize len);

/* The plugin's functions, on octets and on hexadecimal digits. */
int send_bytes(FakeHost *host, GBytes *message);
int receive_hex(FakeHost *host, const char *packet);
int send_hex(FakeHost *host, const char *message);
