import { Duration } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CurfewFunction, type FunctionDefaults } from './curfew-function.ts';
import type { SeatTable } from './seat-table.ts';

interface ConsoleProps {
  readonly defaults: FunctionDefaults;
  readonly seats: SeatTable;
  /** For how many days it is kept what operators did. */
  readonly auditDays: number;
}

/** As long as `on-operator-request` may take, which reads and writes as much. */
const TIMEOUT = Duration.seconds(25);

/**
 * What a dashboard's widget calls: a function that looks, and one that ends. CloudWatch calls both with the rights of whoever
 * looks at the dashboard, so each has a policy to attach to people: the right to look and the right to end are two grants,
 * and no defect of the looking function can end anything.
 */
export class Console extends Construct {
  /** The widget's function. It may read, and nothing else. */
  readonly widget: CurfewFunction;
  /** Ends one session, for a reason. */
  readonly end: CurfewFunction;

  constructor(scope: Construct, id: string, { defaults, seats, auditDays }: ConsoleProps) {
    super(scope, id);
    this.widget = new CurfewFunction(this, 'Widget', {
      ...defaults,
      entry: 'console-widget',
      description: 'Shows sessions on a dashboard',
      timeout: TIMEOUT,
      reserved: undefined,
    });
    this.end = new CurfewFunction(this, 'End', {
      ...defaults,
      entry: 'console-end',
      description: 'Ends the session that a dashboard shows',
      timeout: TIMEOUT,
      reserved: undefined,
    });
    const read = ['GetItem', 'BatchGetItem', 'Query'] as const;
    seats.grant(this.widget, { user: read, station: read, trail: ['Query'], said: ['BatchGetItem'], dueIndex: true });
    seats.grant(this.end, {
      user: ['GetItem', 'Query', 'UpdateItem'],
      trail: ['BatchWriteItem'],
      said: ['BatchWriteItem'],
    });
    for (const fn of [this.widget, this.end]) fn.addEnvironment('CURFEW_AUDIT_DAYS', String(auditDays));
    // For its button only: it never calls that function itself, and may not.
    this.widget.addEnvironment('CURFEW_CONSOLE_END_ARN', this.end.functionArn);

    this.mayInvoke('LookAtSessions', this.widget, 'May look at sessions on the dashboard of Curfew');
    this.mayInvoke('EndSessions', this.end, 'May end sessions on the dashboard of Curfew; looking is granted apart');
  }

  private mayInvoke(id: string, fn: CurfewFunction, description: string): void {
    new ManagedPolicy(this, id, {
      description,
      statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [fn.functionArn] })],
    });
  }
}
