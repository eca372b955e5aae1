/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The answer to GET /3/0 by which the Core specification explains its formats (7.4), as records. */

#define DEVICE_TEXT                                                                                \
        "/3/0/0=Open Mobile Alliance /3/0/1=Lightweight M2M Client /3/0/2=345000123 /3/0/3=1.0 "   \
        "/3/0/6/0=1 /3/0/6/1=5 /3/0/7/0=3800 /3/0/7/1=5000 /3/0/8/0=125 /3/0/8/1=900 /3/0/9=100 "  \
        "/3/0/10=15 /3/0/11/0=0 /3/0/13=1367491215 /3/0/14=+02:00 /3/0/16=U"
