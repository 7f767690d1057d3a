/** Faults of a component's arguments, thrown together so that Pulumi shows each at its property. */
import * as pulumi from "@pulumi/pulumi";
import { formatIssue, type IssueCollector } from "../src/declare/issue";

export function refuseFaults(component: string, { issues }: IssueCollector): void {
  if (issues.length > 0) {
    throw new pulumi.InputPropertiesError({
      message: `${component}: ${issues.length} fault${issues.length === 1 ? "" : "s"} in the arguments`,
      errors: issues.map((issue) => ({ propertyPath: issue.path, reason: formatIssue(issue) })),
    });
  }
}
