/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What single octets of a TPDU mean: coding schemes, validity, time. */

#include <stdbool.h>
#include <stdint.h>

/* What identifies LwM2M's messages: terminated on the device (TS 23.040, 9.2.3.9: ME data download;
 * TS 23.038, 4: 8-bit data, class 1) or on the smartcard ((U)SIM data download; class 2). */
#define SMS_PID_DEVICE 0x7D
#define SMS_DCS_DEVICE 0xF5
#define SMS_PID_SMARTCARD 0x7F
#define SMS_DCS_SMARTCARD 0xF6

/* Where a network filters those: a message between two subscribers, 8-bit data without class. */
#define SMS_PID_PLAIN 0x00
#define SMS_DCS_PLAIN 0x04

/* TP-UDL counts septets, not octets: the GSM 7 bit default alphabet, not compressed. */
bool dcs_is_septets(uint8_t dcs);

/* 8-bit data, not compressed. */
bool dcs_is_data(uint8_t dcs);

/* The message class 0 to 3, -1 where it has none. */
int dcs_class(uint8_t dcs);

/* TP-VP, relative (TS 23.040, 9.2.3.12.1): the shortest validity that is not below `seconds`; the
 * longest, 63 weeks, for more. */
uint8_t validity_from_seconds(unsigned seconds);
unsigned validity_to_seconds(uint8_t validity);

/* TP-SCTS, TP-DT (TS 23.040, 9.2.3.11): "2026-01-02T03:04:05+01:00". Set by a service centre, not
 * authenticated. The caller's; NULL where it is no point in time. */
char *timestamp_to_string(const uint8_t timestamp[7]);
