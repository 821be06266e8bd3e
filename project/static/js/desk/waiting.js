// Why nothing is served although pace allows it. Two different things to know: nothing is there, or others have it.

export const WAITING = {
  empty: ["Nothing to do", "No clip is waiting that you could take. Have a stretch; new ones appear here by themselves."],
  "all-leased": ["Everything is taken", "Colleagues have the waiting clips on their desks. One may come back within ten minutes, and appears here by itself."],
  "desk-full": ["Your desk is full", "Three clips are on it already, perhaps in another window. Finish or close that one first."],
};
