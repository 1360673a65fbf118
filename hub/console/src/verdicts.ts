// What verdicts, and the mark of what was staged, mean for what may follow.

const NOTHING_THERE = new Set(["reflection", "shadow", "furniture_or_bin", "known_object"]);

/** Whether it says that the box saw something that needs no alert: its place may be left out for a time. */
export const saysNothingIsThere = (verdict: string): boolean => NOTHING_THERE.has(verdict);

/** Whether what a staged event says of itself is that of an exercise: nothing of it is real. */
export const isExerciseText = (staged: string): boolean => staged.startsWith("exercise: ");
