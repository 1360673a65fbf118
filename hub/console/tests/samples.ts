// Written by the test `the_page_knows_these_types` of velum-hub; the compiler holds it against api.ts.
import type { Fleet, HubRecord, Still } from "../src/api.js";

export const records: HubRecord[] = [
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "alert_id": "02020202020202020202020202020202",
      "body": {
        "dwell_secs": {
          "at_least": 60,
          "below": 120
        },
        "first_seen": {
          "precision_ms": 60000,
          "unix_ms": 1795270860000
        },
        "grid_cell": null,
        "object_kind": "backpack",
        "type": "abandoned_object"
      },
      "camera": "plaza-2",
      "confidence": "high",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "id": "01010101010101010101010101010101",
      "kind": "abandoned_object",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "site": "plaza",
      "staged": "demonstration",
      "state": "raised",
      "still_may_be_asked_for": true,
      "time": {
        "precision_ms": 60000,
        "unix_ms": 1795270980000
      },
      "type": "event",
      "validity": "valid",
      "zone": "steps"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "alert_id": "02020202020202020202020202020202",
      "body": {
        "demo_threshold": true,
        "level": "dense",
        "persons": {
          "at_least": 20,
          "below": null
        },
        "persons_per_m2": {
          "high": 1.25,
          "low": 0.5
        },
        "previous_level": "busy",
        "relative": false,
        "type": "crowd_density"
      },
      "camera": "plaza-2",
      "confidence": "high",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "id": "01010101010101010101010101010101",
      "kind": "crowd_density",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "site": "plaza",
      "staged": "demonstration",
      "state": "raised",
      "still_may_be_asked_for": true,
      "time": {
        "precision_ms": 60000,
        "unix_ms": 1795270980000
      },
      "type": "event",
      "validity": "valid",
      "zone": "steps"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "alert_id": "02020202020202020202020202020202",
      "body": {
        "direction": "up_left",
        "pattern": "dispersal",
        "persons": {
          "at_least": 20,
          "below": 30
        },
        "relative": true,
        "speed_m_per_s": {
          "at_least": 2.0,
          "below": 3.0
        },
        "type": "crowd_movement"
      },
      "camera": "plaza-2",
      "confidence": "high",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "id": "01010101010101010101010101010101",
      "kind": "crowd_movement",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "site": "plaza",
      "staged": "demonstration",
      "state": "raised",
      "still_may_be_asked_for": true,
      "time": {
        "precision_ms": 60000,
        "unix_ms": 1795270980000
      },
      "type": "event",
      "validity": "valid",
      "zone": "steps"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "alert_id": "02020202020202020202020202020202",
      "body": {
        "state": "dark",
        "type": "camera_health"
      },
      "camera": "plaza-2",
      "confidence": "high",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "id": "01010101010101010101010101010101",
      "kind": "camera_health",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "site": "plaza",
      "staged": "demonstration",
      "state": "raised",
      "still_may_be_asked_for": true,
      "time": {
        "precision_ms": 60000,
        "unix_ms": 1795270980000
      },
      "type": "event",
      "validity": "valid",
      "zone": "steps"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "alert_id": "02020202020202020202020202020202",
      "body": {
        "type": "none"
      },
      "camera": "plaza-2",
      "confidence": "high",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "id": "01010101010101010101010101010101",
      "kind": "abandoned_object",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "site": "plaza",
      "staged": "demonstration",
      "state": "raised",
      "still_may_be_asked_for": true,
      "time": {
        "precision_ms": 60000,
        "unix_ms": 1795270980000
      },
      "type": "event",
      "validity": "valid",
      "zone": "steps"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "alert_id": "",
      "body": {
        "type": "none"
      },
      "camera": null,
      "confidence": null,
      "explanation": [],
      "id": "09090909090909090909090909090909",
      "kind": "unknown",
      "model_digests": [],
      "policy_digest": "",
      "site": null,
      "staged": null,
      "state": "unspecified",
      "still_may_be_asked_for": false,
      "time": null,
      "type": "event",
      "validity": null,
      "zone": null
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "rule": "schedule",
      "type": "withheld"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "key_day": "2026-11-20",
      "type": "expired"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "cause": "disk_set_back",
      "last_known_sequence": 7,
      "type": "lost"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  },
  {
    "box": "tram-hub-3",
    "cursor": 1041,
    "end": {
      "type": "unknown"
    },
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000
  }
];

export const fleet: Fleet = {
  "boxes": [
    {
      "box": "tram-hub-3",
      "cameras": [
        {
          "camera": "plaza-1",
          "day_secs_by_state": {
            "analysed": 4200,
            "offline": 60
          },
          "day_stills_withheld": {
            "too_dark": 2
          },
          "first_hour_unix_secs": 1795266000,
          "frames_analysed": 35000,
          "frames_dropped": 1000,
          "hour_secs_by_state": {
            "analysed": 600,
            "offline": 60
          },
          "newest_hour_unix_secs": 1795269600
        },
        {
          "camera": "plaza-2",
          "day_secs_by_state": {
            "dark": 660
          },
          "day_stills_withheld": {
            "too_dark": 1
          },
          "first_hour_unix_secs": 1795269600,
          "frames_analysed": 17500,
          "frames_dropped": 500,
          "hour_secs_by_state": {
            "dark": 660
          },
          "newest_hour_unix_secs": 1795269600
        }
      ],
      "connected": true,
      "last_seen_unix_ms": null,
      "numbers": {
        "expired": 2,
        "lost": 2,
        "missing": 3,
        "stored": 20,
        "withheld": 4
      },
      "version": "velum-edge 0.1.0"
    },
    {
      "box": "tram-hub-3",
      "cameras": [
        {
          "camera": "plaza-1",
          "day_secs_by_state": {
            "analysed": 4200,
            "offline": 60
          },
          "day_stills_withheld": {
            "too_dark": 2
          },
          "first_hour_unix_secs": 1795266000,
          "frames_analysed": 35000,
          "frames_dropped": 1000,
          "hour_secs_by_state": {
            "analysed": 600,
            "offline": 60
          },
          "newest_hour_unix_secs": 1795269600
        },
        {
          "camera": "plaza-2",
          "day_secs_by_state": {
            "dark": 660
          },
          "day_stills_withheld": {
            "too_dark": 1
          },
          "first_hour_unix_secs": 1795269600,
          "frames_analysed": 17500,
          "frames_dropped": 500,
          "hour_secs_by_state": {
            "dark": 660
          },
          "newest_hour_unix_secs": 1795269600
        }
      ],
      "connected": false,
      "last_seen_unix_ms": 1795270992000,
      "numbers": {
        "expired": 2,
        "lost": 2,
        "missing": 3,
        "stored": 20,
        "withheld": 4
      },
      "version": "velum-edge 0.1.0"
    }
  ]
};

export const still: Still = {
  "captured": {
    "precision_ms": 60000,
    "unix_ms": 1795270980000
  },
  "covered_fraction": 0.25,
  "height_px": 720,
  "jpeg_base64": "/9j/2Q==",
  "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
  "width_px": 1280
};
