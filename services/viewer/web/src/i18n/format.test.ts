import { afterEach, describe, expect, it, vi } from "vitest";

vi.stubGlobal("navigator", { languages: ["en"] });
const { askedZone, browserZone, dayKey, dayStart, setServerZone, setZoneChoice } = await import("./format");

afterEach(() => setZoneChoice("server"));

describe("the start of a day", () => {
  it.each([
    ["UTC", "2024-05-31", "2024-05-31T00:00:00Z"],
    ["Pacific/Honolulu", "2024-05-31", "2024-05-31T10:00:00Z"],
    ["Pacific/Kiritimati", "2024-05-31", "2024-05-30T10:00:00Z"],
    ["Asia/Kathmandu", "2024-05-31", "2024-05-30T18:15:00Z"],
    ["Europe/Berlin", "2024-03-31", "2024-03-30T23:00:00Z"],
    ["Europe/Berlin", "2024-04-01", "2024-03-31T22:00:00Z"],
    // Clocks went from midnight to one o'clock.
    ["Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z"],
    ["America/Havana", "2024-03-10", "2024-03-10T05:00:00Z"],
    // Clocks went from midnight back to eleven.
    ["America/Asuncion", "2024-03-24", "2024-03-24T04:00:00Z"],
  ])("in %s, %s", (zone, day, start) => {
    setServerZone(zone);
    expect(new Date(dayStart(day) * 1000).toISOString().replace(".000", "")).toBe(start);
    expect(dayKey(dayStart(day))).toBe(day);
    expect(dayKey(dayStart(day) - 1) < day).toBe(true);
  });

  it("is none of what is no day", () => {
    expect(dayStart("someday")).toBeNaN();
  });
});

it("is asked of the server in the browser's zone only where that is shown", () => {
  expect(askedZone()).toEqual({});
  setZoneChoice("browser");
  expect(askedZone()).toEqual({ zone: browserZone() });
});
