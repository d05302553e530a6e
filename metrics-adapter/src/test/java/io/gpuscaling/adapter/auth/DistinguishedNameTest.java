package io.gpuscaling.adapter.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.adapter.pki.TestAuthority;
import java.io.IOException;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.Test;

class DistinguishedNameTest {

  @Test
  void ofSubject_severalNames_takesTheLastCommonNameAndAllGroups() {
    var certificate =
        TestAuthority.create("ca").client("CN=first,O=b,CN=last,O=a,OU=x").chain().getFirst();

    DistinguishedName name = DistinguishedName.ofSubject(certificate);

    assertThat(name.commonName()).isEqualTo("last");
    assertThat(name.organizations()).containsExactly("b", "a");
    assertThat(name.uid()).isEmpty();
  }

  @Test
  void parse_valueThatLooksLikeAnotherAttribute_isText() throws Exception {
    byte[] der = der(BCStyle.CN, new DERUTF8String("x,O=system:masters"));

    assertThat(DistinguishedName.parse(der))
        .isEqualTo(new DistinguishedName("x,O=system:masters", List.of(), ""));
  }

  @Test
  void parse_otherKindsOfText_areRead() throws Exception {
    assertThat(DistinguishedName.parse(der(BCStyle.CN, new DERBMPString("\u00e4b"))).commonName())
        .isEqualTo("\u00e4b");
    assertThat(DistinguishedName.parse(der(BCStyle.O, new DERPrintableString("o"))))
        .isEqualTo(new DistinguishedName("", List.of("o"), ""));
    assertThat(
            DistinguishedName.parse(
                    der(new ASN1ObjectIdentifier("1.3.6.1.4.1.57683.2"), new DERUTF8String("u-1")))
                .uid())
        .isEqualTo("u-1");
  }

  @Test
  void parse_longValue_isRead() throws Exception {
    for (int length : new int[] {127, 128, 255, 256, 70_000}) {
      assertThat(
              DistinguishedName.parse(der(BCStyle.CN, new DERUTF8String("x".repeat(length))))
                  .commonName())
          .hasSize(length);
    }
  }

  @Test
  void parse_noName_isRefused() {
    for (byte[] der : new byte[][] {{}, {0x31, 0}, {0x30, 5}, {0x30, (byte) 0x85, 1, 1, 1, 1, 1}}) {
      assertThatThrownBy(() -> DistinguishedName.parse(der)).isInstanceOf(RuntimeException.class);
    }
  }

  private static byte[] der(ASN1ObjectIdentifier type, ASN1Encodable value) throws IOException {
    X500Name name = new X500NameBuilder().addRDN(type, value).build();
    return name.getEncoded();
  }
}
