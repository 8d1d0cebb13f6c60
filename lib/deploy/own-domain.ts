import { CfnOutput } from 'aws-cdk-lib';
import { DomainName, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { present } from '../present.ts';

/** A domain name of the deployer's own, on which whoever calls must show a certificate. */
export interface OwnDomainProps {
  /** `curfew.example.org` */
  readonly name: string;
  /** The server's certificate for that name, in ACM, in the stack's Region. */
  readonly certificateArn: string;
  /** Where the certificates of those are that sign callers' certificates: `s3://bucket/key`, one PEM file. */
  readonly truststore: string;
  /** Which version of that object. @default the newest at the time of the deployment */
  readonly truststoreVersion?: string;
}

/** Mutual TLS, which HTTP API has on domains of one's own only. */
export class OwnDomain extends Construct {
  readonly domain: DomainName;

  constructor(scope: Construct, id: string, props: OwnDomainProps) {
    super(scope, id);
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(props.truststore) ?? [];
    if (bucket === undefined || key === undefined) throw new Error(`${props.truststore} must be s3://bucket/key`);
    this.domain = new DomainName(this, 'Name', {
      domainName: props.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', props.certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
      mtls: {
        bucket: Bucket.fromBucketName(this, 'Truststore', bucket),
        key,
        ...present({ version: props.truststoreVersion }),
      },
    });
    new CfnOutput(this, 'Target', {
      value: this.domain.regionalDomainName,
      description: `What ${props.name} must be a CNAME or an alias of`,
    }).overrideLogicalId('DomainTarget');
  }
}
