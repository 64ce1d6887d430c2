import { Code, cancelled, deadlineAfter, NO_DEADLINE, openCall, throwIfOver } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('openCall', () => {
  it('aborts with DEADLINE_EXCEEDED at the deadline and not before', () => {
    const clock = new FakeClock();
    using call = openCall(clock, 'r', deadlineAfter(clock, 100));
    clock.advance(99);
    expect(call.context.signal.aborted).toBe(false);
    clock.advance(1);
    expect(call.context.signal.reason).toMatchObject({ code: Code.DeadlineExceeded });
  });

  it('is over at once when the deadline has passed', () => {
    using call = openCall(new FakeClock(), 'r', -5);
    expect(() => throwIfOver(call.context)).toThrow(expect.objectContaining({ code: Code.DeadlineExceeded }));
  });

  it('arms no timer without a deadline and leaves none behind', () => {
    const clock = new FakeClock();
    openCall(clock, 'r', NO_DEADLINE);
    expect(clock.armed).toBe(0);
    openCall(clock, 'r', 10)[Symbol.dispose]();
    expect(clock.armed).toBe(0);
  });

  it('ends at the earlier of two deadlines', () => {
    const clock = new FakeClock();
    using call = openCall(clock, 'r', deadlineAfter(clock, 100));
    call.endBy(deadlineAfter(clock, 200));
    expect(call.context.deadline).toBe(deadlineAfter(clock, 100));
    call.endBy(deadlineAfter(clock, 50));
    expect(call.context.deadline).toBe(deadlineAfter(clock, 50));
    expect(clock.armed).toBe(1);
    clock.advance(50);
    expect(call.context.signal.reason).toMatchObject({ code: Code.DeadlineExceeded });
    call.endBy(0);
    expect(clock.armed).toBe(0);
  });

  it('keeps the first reason', () => {
    const clock = new FakeClock();
    using call = openCall(clock, 'r', 10);
    call.abort(cancelled('gone'));
    clock.advance(10);
    expect(call.context.signal.reason).toMatchObject({ code: Code.Cancelled, message: 'gone' });
  });
});
