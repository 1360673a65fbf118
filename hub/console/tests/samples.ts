// Written by the test `the_page_knows_these_types` of velum-hub; the compiler holds it against api.ts.
import type { Boxes, Debrief, Exercises, Fleet, Hours, HubRecord, Oversight, Plans, PolicyDiff, Review, RunningExercises, Still, Suppressions, Token, Verified } from "../src/api.js";

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
    "lapse": null,
    "texts": [
      {
        "text_id": "08080808080808080808080808080808",
        "mine": false,
        "role": "plaza-steward"
      }
    ]
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
    "lapse": "kept",
    "texts": [
      {
        "text_id": "08080808080808080808080808080808",
        "mine": false,
        "role": "plaza-steward"
      }
    ]
  }
];

export const oversight: Oversight = {
  "boxes": [
    {
      "box": "tram-hub-3",
      "connected": true,
      "policy_id": "zz.port-velum.demo",
      "version": null,
      "digest": "0303030303030303030303030303030303030303030303030303030303030303",
      "expected_version": null,
      "drifts": true,
      "receipt": "refused",
      "reason": "no room on the disk",
      "offered_version": null,
      "cameras": [
        {
          "camera": "plaza-1",
          "is_named": null
        },
        {
          "camera": "plaza-2",
          "is_named": null
        }
      ]
    }
  ],
  "history": [],
  "entries": [
    {
      "number": 1,
      "unix_ms": 1795271000000,
      "operation": "consultation",
      "subject": "still",
      "id": "01010101010101010101010101010101",
      "operator": "console:anna",
      "recipient": null,
      "purpose": null,
      "words": null,
      "denied": "imagery_egress",
      "records": null
    },
    {
      "number": 2,
      "unix_ms": 1795271000000,
      "operation": "notice",
      "subject": "line_set_aside",
      "id": null,
      "operator": null,
      "recipient": null,
      "purpose": null,
      "words": null,
      "denied": null,
      "records": null
    }
  ],
  "unreadable_entries": 0,
  "log_key": "ed25519:KEY",
  "figures": [
    {
      "week_unix_secs": 1795392000,
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "raised": 14,
      "decided": 12,
      "rejected": 3,
      "is_enough": true,
      "half_within_secs": 45,
      "most_within_secs": 180
    },
    {
      "week_unix_secs": 1795392000,
      "box": "tram-hub-3",
      "camera": null,
      "raised": 14,
      "decided": 0,
      "rejected": 0,
      "is_enough": false,
      "half_within_secs": null,
      "most_within_secs": null
    }
  ],
  "figures_are_cut": false,
  "fewest": 10,
  "waiting": [
    {
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "note": "the new bench",
      "proposed_by": "console:root",
      "proposed_unix_ms": 1795271000000,
      "state": "proposed"
    }
  ],
  "left": [
    {
      "box": "tram-hub-3",
      "since_unix_ms": 1795263800000,
      "what": "event",
      "class": "abandoned_object",
      "count": 12,
      "bytes": 3400
    }
  ]
};

export const diff: PolicyDiff = {
  "old": "1.2.0",
  "new": "1.2.0",
  "verdict": "less-private",
  "changes": [
    {
      "verdict": "more-private",
      "key": "capture.max_fps",
      "sentence": "The largest number of frames that are looked at in a second falls from 6 to 4.",
      "old": "6",
      "new": "4"
    },
    {
      "verdict": "judgement",
      "key": "analytics.allow",
      "sentence": "In what may be computed, \"pedestrian_count\" takes the place of \"cyclist_count\".",
      "old": "[\"crowd_density\", \"cyclist_count\", \"vehicle_count\"]",
      "new": "[\"crowd_density\", \"pedestrian_count\", \"vehicle_count\"]"
    },
    {
      "verdict": "less-private",
      "key": "analytics.forbid",
      "sentence": "Removed from what may never be computed: \"loitering_detection\".",
      "old": "[\"age_estimation\", \"audio_analysis\", \"behaviour_scoring\", \"biometric_categorisation\", \"biometric_identification\", \"clothing_attributes\", \"cross_camera_tracking\", \"emotion_recognition\", \"ethnicity_estimation\", \"face_crop_export\", \"face_recognition\", \"gait_recognition\", \"gender_estimation\", \"individua…",
      "new": "[\"age_estimation\", \"audio_analysis\", \"behaviour_scoring\", \"biometric_categorisation\", \"biometric_identification\", \"clothing_attributes\", \"cross_camera_tracking\", \"emotion_recognition\", \"ethnicity_estimation\", \"face_crop_export\", \"face_recognition\", \"gait_recognition\", \"gender_estimation\", \"individua…"
    },
    {
      "verdict": "less-private",
      "key": "aggregation.min_group",
      "sentence": "The smallest group that is told of falls from 10 to 8.",
      "old": "10",
      "new": "8"
    },
    {
      "verdict": "more-private",
      "key": "redaction.canary_interval",
      "sentence": "The time between two tests whether masking works falls from 30 seconds to 10 seconds.",
      "old": "\"PT30S\"",
      "new": "\"PT10S\""
    },
    {
      "verdict": "less-private",
      "key": "retention.event",
      "sentence": "How long events are kept rises from 14 days to 28 days.",
      "old": "\"P14D\"",
      "new": "\"P28D\""
    }
  ],
  "cameras": [
    {
      "verdict": "more-private",
      "sentence": "The largest number of frames that are looked at in a second falls from 6 to 4.",
      "old": "6",
      "new": "4",
      "cameras": [
        "mp-01",
        "mp-02"
      ]
    },
    {
      "verdict": "more-private",
      "sentence": "The time between two tests whether masking works falls from 30 seconds to 10 seconds.",
      "old": "\"PT30S\"",
      "new": "\"PT10S\"",
      "cameras": [
        "mp-01",
        "mp-02"
      ]
    }
  ],
  "needs": [
    {
      "rule": "DIF-001",
      "sentence": "2 approvers sign, of: process-owner, ciso, head-of-public-space."
    },
    {
      "rule": "DIF-001",
      "sentence": "The data protection officer gives an opinion on the change. It is advice: it neither approves nor blocks (GDPR Art 35(2), 38(6), 39(1)(c) [K])."
    },
    {
      "rule": "DIF-001",
      "sentence": "It waits P3D after the officer's opinion (change_control.loosening_cooling_off): given on 2026-11-21T14:23:20Z, it may hold from 2026-11-24T14:23:20Z on, and policy.effective_from is 2026-12-01T00:00:00Z."
    },
    {
      "rule": "DIF-001",
      "sentence": "The version must grow: policy.version is 1.2.0 after 1.2.0; write for example \"1.3.0\". A box takes no other contents under a version that it knows."
    },
    {
      "rule": "DIF-001",
      "sentence": "The impact assessment must be reviewed and cover the new version (GDPR Art 35(11) [K]): supervision.dpia.covers_policy is \"1.2.0\"; write the new version there."
    },
    {
      "rule": "DIF-004",
      "sentence": "\"loitering_detection\" is no longer forbidden: that needs a new major version; write policy.version = \"2.0.0\"."
    },
    {
      "rule": "DIF-004",
      "sentence": "\"loitering_detection\" is no longer forbidden: that needs a new impact assessment, not the old one; write its ref, sha256 and completed into [supervision.dpia]."
    },
    {
      "rule": "DIF-008",
      "sentence": "The retention changed: the signs and the full notice get a new text, and once it holds (2026-12-01T00:00:00Z) somebody looks at the signs and writes that day into notice.last_checked (now 2026-11-10)."
    }
  ],
  "cut": 0
};

export const verified: Verified[] = [
  {
    "is_running": false,
    "is_sound": true,
    "unix_ms": 1795271000000,
    "files": 0,
    "records": 2,
    "first_unix_ms": 1795271000000,
    "last_unix_ms": 1795271000000,
    "records_before": 0,
    "checkpoints": 0,
    "last_checkpoint": null,
    "unsigned_records": 0,
    "times_set_back": 0,
    "notices": [],
    "faults": [],
    "more_faults": 0
  },
  {
    "is_running": true,
    "is_sound": true,
    "unix_ms": 0,
    "files": 0,
    "records": 0,
    "first_unix_ms": null,
    "last_unix_ms": null,
    "records_before": 0,
    "checkpoints": 0,
    "last_checkpoint": null,
    "unsigned_records": 0,
    "times_set_back": 0,
    "notices": [],
    "faults": [],
    "more_faults": 0
  }
];

export const boxes: Boxes = {
  "boxes": [
    {
      "box": "tram-hub-3",
      "connected": false,
      "last_seen_unix_ms": 1795271000000,
      "version": "velum-edge 0.1.0",
      "certificate_ends_unix_ms": 1795271000000,
      "is_revoked": false,
      "token_until_unix_ms": 1795271000000,
      "policy_version": null,
      "expected_version": null,
      "drifts": true,
      "receipt": "refused",
      "reason": "no room on the disk",
      "cameras": 2,
      "model_digests": [
        "0404040404040404040404040404040404040404040404040404040404040404"
      ],
      "machine": {
        "told_unix_ms": 1795271000000,
        "is_old": false,
        "disk": {
          "free_bytes": 5000000000,
          "total_bytes": 64000000000,
          "room": "enough"
        },
        "clock": {
          "is_trusted": true,
          "reason": "",
          "ahead_ms": 2400,
          "is_off": true
        },
        "uptime_secs": 7200,
        "models": [
          {
            "name": "velum-person-1",
            "task": "objects",
            "digest": "0404040404040404040404040404040404040404040404040404040404040404"
          }
        ],
        "cameras": [
          "plaza-2"
        ]
      },
      "suspensions": [
        {
          "camera": null,
          "suspended_by": "console:root",
          "reason": "roadworks before the camera",
          "since_unix_ms": 1795271000000,
          "state": "in_force",
          "trouble": ""
        },
        {
          "camera": "plaza-2",
          "suspended_by": "console:root",
          "reason": "roadworks before the camera",
          "since_unix_ms": 1795271000000,
          "state": "waits",
          "trouble": ""
        }
      ]
    },
    {
      "box": "yard",
      "connected": false,
      "last_seen_unix_ms": null,
      "version": "",
      "certificate_ends_unix_ms": null,
      "is_revoked": false,
      "token_until_unix_ms": 1795271000000,
      "policy_version": null,
      "expected_version": null,
      "drifts": false,
      "receipt": "none",
      "reason": "",
      "cameras": 0,
      "model_digests": [],
      "machine": null,
      "suspensions": []
    }
  ],
  "is_administrator": true,
  "enrols": true,
  "hub_unix_ms": 1795271000000
};

export const token: Token = {
  "box": "yard",
  "token": "velum1.TOKEN",
  "minutes": 60
};

export const plans: Plans = {
  "plans": [
    {
      "plan": 1,
      "name": "square",
      "site": "plaza",
      "width_px": 1600,
      "height_px": 1000,
      "version": 2,
      "cameras": [
        {
          "box": "tram-hub-3",
          "camera": "plaza-2",
          "x_fraction": 0.25,
          "y_fraction": 0.5,
          "heading_degrees": 135.0,
          "view_degrees": 70.0,
          "reach_fraction": 0.15
        }
      ]
    }
  ],
  "is_administrator": true
};

export const suppressions: Suppressions = {
  "suppressions": [
    {
      "order_id": "05050505050505050505050505050505",
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "event_id": "01010101010101010101010101010101",
      "verdict": "furniture_or_bin",
      "role": "plaza-steward",
      "days": 7,
      "ordered_unix_ms": 1795270999000,
      "until_unix_ms": 1795875799000,
      "state": "in_force",
      "reason": "",
      "number": 3
    },
    {
      "order_id": "05050505050505050505050505050505",
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "event_id": "01010101010101010101010101010101",
      "verdict": null,
      "role": null,
      "days": 7,
      "ordered_unix_ms": null,
      "until_unix_ms": 1795875799000,
      "state": "in_force",
      "reason": "",
      "number": 3
    }
  ]
};

export const exercises: Exercises = {
  "exercises": [
    {
      "order_id": "08080808080808080808080808080808",
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "scenario": {
        "id": "bag",
        "title": "A bag at the bench",
        "secs": 90,
        "source": "composed with velum-compose",
        "licence": "CC0-1.0",
        "expected": [
          {
            "kind": "abandoned_object",
            "at_secs": 40,
            "words": "a bag is put down"
          }
        ]
      },
      "why": "the yearly drill",
      "person": "console:anna",
      "ordered_unix_ms": 1795270940000,
      "began_unix_ms": null,
      "ended_unix_ms": null,
      "state": "waits",
      "reason": ""
    },
    {
      "order_id": "08080808080808080808080808080808",
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "scenario": {
        "id": "bag",
        "title": "A bag at the bench",
        "secs": 90,
        "source": "composed with velum-compose",
        "licence": "CC0-1.0",
        "expected": [
          {
            "kind": "abandoned_object",
            "at_secs": 40,
            "words": "a bag is put down"
          }
        ]
      },
      "why": "the yearly drill",
      "person": "console:anna",
      "ordered_unix_ms": 1795270940000,
      "began_unix_ms": 1795270945000,
      "ended_unix_ms": 1795271000000,
      "state": "ended",
      "reason": "finished"
    }
  ],
  "places": [
    {
      "box": "tram-hub-3",
      "connected": true,
      "is_able": true,
      "cameras": [
        "plaza-1",
        "plaza-2"
      ],
      "scenarios": [
        {
          "id": "bag",
          "title": "A bag at the bench",
          "secs": 90,
          "source": "composed with velum-compose",
          "licence": "CC0-1.0",
          "expected": [
            {
              "kind": "abandoned_object",
              "at_secs": 40,
              "words": "a bag is put down"
            }
          ]
        }
      ]
    },
    {
      "box": "tram-hub-3",
      "connected": false,
      "is_able": true,
      "cameras": [
        "plaza-1",
        "plaza-2"
      ],
      "scenarios": [
        {
          "id": "bag",
          "title": "A bag at the bench",
          "secs": 90,
          "source": "composed with velum-compose",
          "licence": "CC0-1.0",
          "expected": [
            {
              "kind": "abandoned_object",
              "at_secs": 40,
              "words": "a bag is put down"
            }
          ]
        }
      ]
    }
  ],
  "may_start": true,
  "hub_unix_ms": 1795271000000
};

export const running: RunningExercises = {
  "exercises": [
    {
      "order_id": "08080808080808080808080808080808",
      "box": "tram-hub-3",
      "camera": "plaza-2",
      "scenario": {
        "id": "bag",
        "title": "A bag at the bench",
        "secs": 90,
        "source": "composed with velum-compose",
        "licence": "CC0-1.0",
        "expected": [
          {
            "kind": "abandoned_object",
            "at_secs": 40,
            "words": "a bag is put down"
          }
        ]
      },
      "why": "the yearly drill",
      "person": null,
      "ordered_unix_ms": 1795270940000,
      "began_unix_ms": 1795270945000,
      "ended_unix_ms": null,
      "state": "runs",
      "reason": ""
    }
  ]
};

export const debrief: Debrief = {
  "exercise": {
    "order_id": "08080808080808080808080808080808",
    "box": "tram-hub-3",
    "camera": "plaza-2",
    "scenario": {
      "id": "bag",
      "title": "A bag at the bench",
      "secs": 90,
      "source": "composed with velum-compose",
      "licence": "CC0-1.0",
      "expected": [
        {
          "kind": "abandoned_object",
          "at_secs": 40,
          "words": "a bag is put down"
        }
      ]
    },
    "why": "the yearly drill",
    "person": "console:anna",
    "ordered_unix_ms": 1795270940000,
    "began_unix_ms": 1795270945000,
    "ended_unix_ms": 1795271000000,
    "state": "ended",
    "reason": "finished"
  },
  "expected": [
    {
      "kind": "abandoned_object",
      "at_secs": 40,
      "words": "a bag is put down",
      "alert": 0,
      "delay_secs": 4
    },
    {
      "kind": "crowd_density",
      "at_secs": 60,
      "words": "",
      "alert": null,
      "delay_secs": null
    }
  ],
  "alerts": [
    {
      "event_id": "01010101010101010101010101010101",
      "kind": "abandoned_object",
      "zone": "steps",
      "after_secs": 44,
      "is_expected": true,
      "acts": [
        {
          "what": "shown",
          "role": "plaza-steward",
          "person": "console:anna",
          "code": null,
          "after_secs": 0
        },
        {
          "what": "took",
          "role": "plaza-steward",
          "person": "console:anna",
          "code": null,
          "after_secs": 3
        },
        {
          "what": "said",
          "role": "plaza-steward",
          "person": "console:anna",
          "code": "furniture_or_bin",
          "after_secs": 9
        }
      ]
    },
    {
      "event_id": "01010101010101010101010101010101",
      "kind": "abandoned_object",
      "zone": "steps",
      "after_secs": null,
      "is_expected": false,
      "acts": []
    }
  ],
  "held_back": 1,
  "hub_unix_ms": 1795271000000
};
