/**
 * Milliseconds for the ages of what a cache holds. A sandbox that is frozen may find its monotonic clock where it was,
 * and a wall clock is set back at times: this one never goes back, and as far ahead as the one that went further.
 */
export function createAgeClock(monotonic: () => number, wall: () => number): () => number {
  let age = 0;
  let lastMonotonic = monotonic();
  let lastWall = wall();
  return () => {
    const nowMonotonic = monotonic();
    const nowWall = wall();
    age += Math.max(nowMonotonic - lastMonotonic, nowWall - lastWall, 0);
    lastMonotonic = nowMonotonic;
    lastWall = nowWall;
    return age;
  };
}
