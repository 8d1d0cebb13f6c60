import { Aws } from 'aws-cdk-lib';
import { CfnInsightRule, ConcreteWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

interface InsightsProps {
  readonly name: string;
  /** Of the function that answers stations. */
  readonly logGroup: ILogGroup;
}

/** What a rule looks for in the line that each delivery leaves (docs/operating.md, Logs). */
interface Ranking {
  readonly id: string;
  readonly title: string;
  readonly keys: readonly string[];
  readonly filters: readonly object[];
}

const HEARD = { Match: '$.message', In: ['heard'] };

/**
 * `by` is who proved it, and with a question mark who was claimed where nothing was proven; for each station a metric would
 * be paid for, a rule ranks them all.
 */
const RANKINGS: readonly Ranking[] = [
  {
    id: 'Refused',
    title: 'Stations that are refused most, and why',
    keys: ['$.by', '$.outcome'],
    filters: [HEARD, { Match: '$.status', GreaterThan: 399 }],
  },
  { id: 'Heard', title: 'Stations that say most', keys: ['$.by'], filters: [HEARD] },
];

/** The stations behind the sums: who is refused most, and who says most. By CloudWatch Contributor Insights over the log. */
export class Insights extends Construct {
  readonly widgets: readonly ConcreteWidget[];

  constructor(scope: Construct, id: string, { name, logGroup }: InsightsProps) {
    super(scope, id);
    this.widgets = RANKINGS.map((ranking) => {
      const rule = new CfnInsightRule(this, ranking.id, {
        ruleName: `${name}-${ranking.id.toLowerCase()}`,
        ruleState: 'ENABLED',
        ruleBody: JSON.stringify({
          Schema: { Name: 'CloudWatchLogRule', Version: 1 },
          LogGroupNames: [logGroup.logGroupName],
          LogFormat: 'JSON',
          Contribution: { Keys: ranking.keys, Filters: ranking.filters },
          AggregateOn: 'Count',
        }),
      });
      return new RankingWidget(ranking.title, rule.ruleName);
    });
  }
}

/** The CDK has none for a rule. */
class RankingWidget extends ConcreteWidget {
  private readonly title: string;
  private readonly ruleName: string;

  constructor(title: string, ruleName: string) {
    super(12, 6);
    this.title = title;
    this.ruleName = ruleName;
  }

  toJson(): object[] {
    const properties = {
      title: this.title,
      region: Aws.REGION,
      period: 300,
      view: 'timeSeries',
      legend: { position: 'right' },
      insightRule: { ruleName: this.ruleName, maxContributorCount: 10, orderBy: 'Sum' },
    };
    return [{ type: 'metric', width: this.width, height: this.height, x: this.x, y: this.y, properties }];
  }
}
