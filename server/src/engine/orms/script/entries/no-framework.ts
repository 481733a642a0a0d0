import type { FrameworkModel } from "../../../project";

/** A framework that has no entities: it only starts code. */
export const noFrameworkModel: FrameworkModel = {
  entities: [],
  entityOfExternal: () => undefined,
  setting: () => undefined,
  engine: "unknown",
  version: () => undefined,
  requires: () => false,
  deployment: () => undefined,
};
