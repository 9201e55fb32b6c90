// Drawings of the ten views for whoever looks for one: bones as bright lines, soft echoes thin, the target a ring. Not to scale, not anatomy.
"use strict";
const VIEW_DRAWINGS = {
  transverse_facet: {
    bone: ["M56 36 Q57 17 60 16 Q63 17 64 36", "M56 40 Q48 43 43 46", "M64 40 Q72 43 77 46", "M40 45 Q35 37 31 42", "M28 43 Q22 39 17 50", "M80 45 Q85 37 89 42", "M92 43 Q98 39 103 50"],
    target: [29.5, 44], says: "spinous process in the middle, a lamina and a facet joint on each side",
  },
  transverse_process: {
    bone: ["M56 34 Q57 17 60 16 Q63 17 64 34", "M56 40 Q50 43 45 45", "M64 40 Q70 43 75 45", "M42 44 Q37 33 33 46", "M78 44 Q83 33 87 46", "M33 46 Q22 52 10 50", "M87 46 Q98 52 110 50"],
    target: [31, 48], says: "spinous process in the middle, on each side a bump and beside it the transverse process",
  },
  transverse_sacral_ala: {
    bone: ["M52 34 Q57 24 60 24 Q63 24 68 34", "M52 34 Q47 38 44 38", "M68 34 Q73 38 76 38", "M44 38 Q39 30 35 44", "M76 38 Q81 30 85 44", "M35 44 Q24 44 8 36", "M85 44 Q96 44 112 36"],
    target: [34, 46], says: "a low crest in the middle, on each side a bump and beside it the sloping ala",
  },
  transverse_interlaminar: {
    bone: ["M24 46 Q32 30 42 42", "M96 46 Q88 30 78 42"], soft: ["M48 47 L72 47", "M46 62 L74 62"],
    target: [60, 47], says: "no bone in the middle: two bright lines one below the other, an articular process on each side",
  },
  paramedian_oblique: {
    bone: ["M6 44 Q20 30 42 36", "M74 36 Q92 30 114 44"], soft: ["M48 50 L70 49", "M46 66 L74 65"],
    target: [59, 49.5], says: "along the spine: two laminae with a window between them, two bright lines in the window",
  },
  transverse_sacral_hiatus: {
    bone: ["M34 40 Q40 22 48 36", "M72 36 Q80 22 86 40", "M40 52 Q60 48 80 52"], soft: ["M49 36 Q60 33 71 36"],
    target: [60, 41], says: "two bumps like eyes, a band between them and a bright line below",
  },
  longitudinal_sacral_hiatus: {
    bone: ["M4 20 Q30 22 50 28", "M36 44 Q70 48 114 58"], soft: ["M50 28 Q70 36 92 46"],
    target: [68, 41], says: "along the sacrum: its surface ends, a slanting band goes on, a bright line below",
  },
  transverse_foramen: {
    bone: ["M22 46 Q34 28 46 42", "M34 74 Q50 66 62 64"], soft: ["M50 44 Q72 40 96 44"], ring: [68, 56, 5],
    target: [68, 56], says: "an articular process, beside it a thin band, below it the nerve root beside the vertebral body",
  },
  transverse_s1: {
    bone: ["M52 32 Q57 22 60 22 Q63 22 68 32", "M52 32 Q47 36 42 37", "M34 40 Q24 42 10 38", "M68 32 Q73 36 78 37", "M86 40 Q96 42 110 38"],
    target: [38, 40], says: "a low crest in the middle, on each side a gap in the bright line: the foramen",
  },
  transverse_sacroiliac: {
    bone: ["M82 30 Q87 21 90 21 Q93 21 98 30", "M82 30 Q72 36 64 38", "M57 40 Q46 43 36 44", "M29 42 Q20 30 8 14"],
    target: [32, 45], says: "a low crest on one side, the sacrum's surface with a gap, then a cleft and the steep ilium",
  },
};
