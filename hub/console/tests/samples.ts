// Written by the test `the_page_knows_these_types` of velum-hub; the compiler holds it against api.ts.
import type { Fleet, Hours, HubRecord, Review, Still } from "../src/api.js";

export const records: HubRecord[] = [
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "event",
      "id": "01010101010101010101010101010101",
      "alert_id": "02020202020202020202020202020202",
      "kind": "abandoned_object",
      "state": "raised",
      "site": "plaza",
      "camera": "plaza-2",
      "zone": "steps",
      "time": {
        "unix_ms": 1795270980000,
        "precision_ms": 60000
      },
      "body": {
        "type": "abandoned_object",
        "object_kind": "backpack",
        "dwell_secs": {
          "at_least": 60,
          "below": 120
        },
        "grid_cell": null,
        "first_seen": {
          "unix_ms": 1795270860000,
          "precision_ms": 60000
        }
      },
      "confidence": "high",
      "validity": "valid",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "staged": "demonstration",
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "still_may_be_asked_for": true
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "event",
      "id": "01010101010101010101010101010101",
      "alert_id": "02020202020202020202020202020202",
      "kind": "crowd_density",
      "state": "raised",
      "site": "plaza",
      "camera": "plaza-2",
      "zone": "steps",
      "time": {
        "unix_ms": 1795270980000,
        "precision_ms": 60000
      },
      "body": {
        "type": "crowd_density",
        "level": "dense",
        "previous_level": "busy",
        "persons": {
          "at_least": 20,
          "below": null
        },
        "persons_per_m2": {
          "low": 0.5,
          "high": 1.25
        },
        "relative": false,
        "demo_threshold": true
      },
      "confidence": "high",
      "validity": "valid",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "staged": "demonstration",
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "still_may_be_asked_for": true
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "event",
      "id": "01010101010101010101010101010101",
      "alert_id": "02020202020202020202020202020202",
      "kind": "crowd_movement",
      "state": "raised",
      "site": "plaza",
      "camera": "plaza-2",
      "zone": "steps",
      "time": {
        "unix_ms": 1795270980000,
        "precision_ms": 60000
      },
      "body": {
        "type": "crowd_movement",
        "pattern": "dispersal",
        "persons": {
          "at_least": 20,
          "below": 30
        },
        "speed_m_per_s": {
          "at_least": 2.0,
          "below": 3.0
        },
        "direction": "up_left",
        "relative": true
      },
      "confidence": "high",
      "validity": "valid",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "staged": "demonstration",
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "still_may_be_asked_for": true
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "event",
      "id": "01010101010101010101010101010101",
      "alert_id": "02020202020202020202020202020202",
      "kind": "camera_health",
      "state": "raised",
      "site": "plaza",
      "camera": "plaza-2",
      "zone": "steps",
      "time": {
        "unix_ms": 1795270980000,
        "precision_ms": 60000
      },
      "body": {
        "type": "camera_health",
        "state": "dark"
      },
      "confidence": "high",
      "validity": "valid",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "staged": "demonstration",
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "still_may_be_asked_for": true
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "event",
      "id": "01010101010101010101010101010101",
      "alert_id": "02020202020202020202020202020202",
      "kind": "abandoned_object",
      "state": "raised",
      "site": "plaza",
      "camera": "plaza-2",
      "zone": "steps",
      "time": {
        "unix_ms": 1795270980000,
        "precision_ms": 60000
      },
      "body": {
        "type": "none"
      },
      "confidence": "high",
      "validity": "valid",
      "explanation": [
        {
          "code": "unattended_secs",
          "value": 90.0
        }
      ],
      "staged": "demonstration",
      "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "still_may_be_asked_for": true
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "event",
      "id": "09090909090909090909090909090909",
      "alert_id": "",
      "kind": "unknown",
      "state": "unspecified",
      "site": null,
      "camera": null,
      "zone": null,
      "time": null,
      "body": {
        "type": "none"
      },
      "confidence": null,
      "validity": null,
      "explanation": [],
      "staged": null,
      "policy_digest": "",
      "model_digests": [],
      "still_may_be_asked_for": false
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "withheld",
      "rule": "schedule"
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "expired",
      "key_day": "2026-11-20"
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "lost",
      "cause": "disk_set_back",
      "last_known_sequence": 7
    }
  },
  {
    "cursor": 1041,
    "box": "tram-hub-3",
    "incarnation": "07070707070707070707070707070707",
    "sequence": 12,
    "stored_unix_ms": 1795270992000,
    "end": {
      "type": "unknown"
    }
  }
];

export const fleet: Fleet = {
  "boxes": [
    {
      "box": "tram-hub-3",
      "connected": true,
      "last_seen_unix_ms": null,
      "version": "velum-edge 0.1.0",
      "numbers": {
        "stored": 20,
        "withheld": 4,
        "expired": 2,
        "lost": 2,
        "missing": 3
      },
      "cameras": [
        {
          "camera": "plaza-1",
          "first_hour_unix_secs": 1795266000,
          "newest_hour_unix_secs": 1795269600,
          "day_secs_by_state": {
            "analysed": 4200,
            "offline": 60
          },
          "hour_secs_by_state": {
            "analysed": 600,
            "offline": 60
          },
          "frames_analysed": 35000,
          "frames_dropped": 1000,
          "day_stills_withheld": {
            "too_dark": 2
          }
        },
        {
          "camera": "plaza-2",
          "first_hour_unix_secs": 1795269600,
          "newest_hour_unix_secs": 1795269600,
          "day_secs_by_state": {
            "dark": 660
          },
          "hour_secs_by_state": {
            "dark": 660
          },
          "frames_analysed": 17500,
          "frames_dropped": 500,
          "day_stills_withheld": {
            "too_dark": 1
          }
        }
      ]
    },
    {
      "box": "tram-hub-3",
      "connected": false,
      "last_seen_unix_ms": 1795270992000,
      "version": "velum-edge 0.1.0",
      "numbers": {
        "stored": 20,
        "withheld": 4,
        "expired": 2,
        "lost": 2,
        "missing": 3
      },
      "cameras": [
        {
          "camera": "plaza-1",
          "first_hour_unix_secs": 1795266000,
          "newest_hour_unix_secs": 1795269600,
          "day_secs_by_state": {
            "analysed": 4200,
            "offline": 60
          },
          "hour_secs_by_state": {
            "analysed": 600,
            "offline": 60
          },
          "frames_analysed": 35000,
          "frames_dropped": 1000,
          "day_stills_withheld": {
            "too_dark": 2
          }
        },
        {
          "camera": "plaza-2",
          "first_hour_unix_secs": 1795269600,
          "newest_hour_unix_secs": 1795269600,
          "day_secs_by_state": {
            "dark": 660
          },
          "hour_secs_by_state": {
            "dark": 660
          },
          "frames_analysed": 17500,
          "frames_dropped": 500,
          "day_stills_withheld": {
            "too_dark": 1
          }
        }
      ]
    }
  ]
};

export const hours: Hours = {
  "cameras": [
    {
      "box": "tram-hub-3",
      "camera": "plaza-1",
      "hours": [
        {
          "hour_unix_secs": 1795266000,
          "secs_by_state": {
            "analysed": 3600
          }
        },
        {
          "hour_unix_secs": 1795269600,
          "secs_by_state": {
            "analysed": 600,
            "offline": 60
          }
        }
      ]
    },
    {
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "hours": [
        {
          "hour_unix_secs": 1795269600,
          "secs_by_state": {
            "dark": 660
          }
        }
      ]
    },
    {
      "box": "tram-hub-3",
      "camera": "plaza-1",
      "hours": [
        {
          "hour_unix_secs": 1795266000,
          "secs_by_state": {
            "analysed": 3600
          }
        },
        {
          "hour_unix_secs": 1795269600,
          "secs_by_state": {
            "analysed": 600,
            "offline": 60
          }
        }
      ]
    },
    {
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "hours": [
        {
          "hour_unix_secs": 1795269600,
          "secs_by_state": {
            "dark": 660
          }
        }
      ]
    }
  ]
};

export const still: Still = {
  "jpeg_base64": "/9j/2Q==",
  "captured": {
    "unix_ms": 1795270980000,
    "precision_ms": 60000
  },
  "width_px": 1280,
  "height_px": 720,
  "covered_fraction": 0.25,
  "policy_digest": "0303030303030303030303030303030303030303030303030303030303030303"
};

export const reviews: Review[] = [
  {
    "event_id": "01010101010101010101010101010101",
    "change": null,
    "owed": true,
    "may_review": true,
    "needed": 2,
    "agree": 1,
    "people": 1,
    "mine": null,
    "decided": null,
    "others": [],
    "taken": {
      "mine": false,
      "role": null,
      "until_unix_ms": 1795271292000
    },
    "escalated": {
      "reason": "cannot_tell",
      "role": "plaza-steward",
      "unix_ms": 1795270999000
    },
    "deadline_unix_ms": 1795271172000,
    "erases": true,
    "lapse": null
  },
  {
    "event_id": "01010101010101010101010101010101",
    "change": 7,
    "owed": false,
    "may_review": true,
    "needed": 2,
    "agree": 2,
    "people": 2,
    "mine": "furniture_or_bin",
    "decided": {
      "verdict": "furniture_or_bin",
      "role": "plaza-steward",
      "unix_ms": 1795270999000
    },
    "others": [
      {
        "verdict": null,
        "role": "plaza-steward",
        "unix_ms": 1795270999000
      }
    ],
    "taken": null,
    "escalated": null,
    "deadline_unix_ms": null,
    "erases": false,
    "lapse": "kept"
  }
];
