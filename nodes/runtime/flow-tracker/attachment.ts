import { randomUUID } from 'node:crypto';
import type { HookCallbacks, Host, LogEvent, MessageHooks, Sending } from './host';
import type { Timers, Timing } from './timers';
import type { Warnings } from './warnings';

/** Puts the hooks in place with the first flow and takes them away when there has been none for a while. */
export interface Attachment {
  needed(): void;
  /** No flow is tracked any more. */
  idle(): void;
  /** Flows are stopped or starting: only then is the hook wanted that sees messages before they find their way. */
  routesMatter(): void;
  routesSettled(): void;
}

export interface AttachmentParts {
  host: Host;
  hooks: MessageHooks;
  callbacks: HookCallbacks;
  warnings: Warnings;
  onLog: (event: LogEvent) => void;
  onDetach(): void;
}

const foreignPoints = ['onSend', 'preRoute', 'preDeliver'] as const;

export function createAttachment(parts: AttachmentParts, timers: Timers, timing: Timing): Attachment {
  const { host, hooks, callbacks } = parts;
  // A label can be used once per process, and two copies of the pack may be at work in it.
  const label = `bitlane-${randomUUID()}`;
  const gaps = createGapDetector(parts.warnings);
  let isAttached = false;
  let isUnsettled = false;
  let hasForeignHooks = false;
  let stopListening = (): void => undefined;
  let cancelRemoval = (): void => undefined;

  function addRouteHook(): void {
    if (isAttached && !hooks.has(`preRoute.${label}`)) hooks.add(`preRoute.${label}`, callbacks.preRoute);
  }

  function attach(): void {
    // Ours are not there yet, so whatever is there is somebody else's.
    hasForeignHooks = foreignPoints.some((point) => hooks.has(point));
    hooks.add(`onSend.${label}`, (events) => {
      callbacks.onSend(events);
      if (hasForeignHooks) gaps.noteSend(events);
    });
    hooks.add(`postDeliver.${label}`, (event) => {
      callbacks.postDeliver(event);
      if (hasForeignHooks) gaps.noteDelivery(event);
    });
    hooks.add(`onReceive.${label}`, callbacks.onReceive);
    hooks.add(`postReceive.${label}`, callbacks.postReceive);
    hooks.add(`onComplete.${label}`, callbacks.onComplete);
    stopListening = host.listenToLog(parts.onLog);
    isAttached = true;
    if (isUnsettled) addRouteHook();
  }

  function detach(): void {
    if (!isAttached) return;
    hooks.remove(`*.${label}`);
    stopListening();
    isAttached = false;
    parts.onDetach();
  }

  return {
    needed() {
      cancelRemoval();
      if (!isAttached) attach();
    },

    idle() {
      cancelRemoval();
      cancelRemoval = timers.after(timing.keepHooksMs, detach);
    },

    routesMatter() {
      isUnsettled = true;
      addRouteHook();
    },

    routesSettled() {
      isUnsettled = false;
      if (isAttached) {
        hooks.remove(`preRoute.${label}`);
        // Whoever embeds Node-RED may have started it anew, with a log that knows no listeners.
        stopListening();
        stopListening = host.listenToLog(parts.onLog);
      }
      // Neither of these is ours, so they may also be noticed later.
      hasForeignHooks ||= hooks.has('preDeliver');
    },
  };
}

/** A hook that lets a message wait on its way opens a time in which a flow is in nobody's hands. */
function createGapDetector(warnings: Warnings): {
  noteSend(events: readonly Sending[]): void;
  noteDelivery(event: Sending): void;
} {
  const sentNow = new Set<Sending>();
  return {
    noteSend(events) {
      if (sentNow.size === 0) queueMicrotask(() => sentNow.clear());
      for (const event of events) sentNow.add(event);
    },
    noteDelivery(event) {
      if (!sentNow.has(event)) warnings.slowHook();
    },
  };
}
