import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.ElementDefinition;
import org.hl7.fhir.r4.model.StructureDefinition;

/**
 * HAPI's validator for many resources in one start. Each line of the input is {"source", "resource"}; each line of the output
 * {"source", "faults": [...]}. With `elements TYPE...` it prints R4's own elements of these types instead.
 */
public class Validator {
  private static final FhirContext CONTEXT = FhirContext.forR4();
  private static final DefaultProfileValidationSupport PROFILES = new DefaultProfileValidationSupport(CONTEXT);

  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("elements")) {
      for (int at = 1; at < args.length; at++) elements(args[at]);
    } else {
      validate();
    }
  }

  private static void validate() throws Exception {
    var chain = new ValidationSupportChain(
        PROFILES,
        new CommonCodeSystemsTerminologyService(CONTEXT),
        new InMemoryTerminologyServerValidationSupport(CONTEXT));
    var module = new FhirInstanceValidator(chain);
    module.setAnyExtensionsAllowed(true);
    FhirValidator validator = CONTEXT.newValidator().registerValidatorModule(module);
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (line.isBlank()) continue;
      JsonObject asked = JsonParser.parseString(line).getAsJsonObject();
      JsonArray faults = new JsonArray();
      for (var message : validator.validateWithResult(asked.get("resource").toString()).getMessages()) {
        if (message.getSeverity().compareTo(ResultSeverityEnum.ERROR) < 0) continue;
        faults.add(message.getLocationString() + ": " + message.getMessage());
      }
      JsonObject answer = new JsonObject();
      answer.add("source", asked.get("source"));
      answer.add("faults", faults);
      System.out.println(answer);
    }
  }

  private static void elements(String type) {
    var definition = (StructureDefinition)
        PROFILES.fetchStructureDefinition("http://hl7.org/fhir/StructureDefinition/" + type);
    for (ElementDefinition element : definition.getSnapshot().getElement()) {
      if (!element.getPath().contains(".")) continue;
      JsonObject line = new JsonObject();
      line.addProperty("path", element.getPath());
      line.addProperty("cardinality", element.getMin() + ".." + element.getMax());
      line.addProperty("isSummary", element.getIsSummary());
      line.add("types", list(typesOf(element)));
      line.add("targets", list(targetsOf(element)));
      if (element.hasContentReference()) line.addProperty("sameAs", element.getContentReference());
      var binding = element.getBinding();
      if (binding.hasStrength()) line.addProperty("binding", binding.getStrength().toCode());
      System.out.println(line);
    }
  }

  private static List<String> typesOf(ElementDefinition element) {
    return element.getType().stream().map(type -> type.getCode()).collect(Collectors.toList());
  }

  private static List<String> targetsOf(ElementDefinition element) {
    List<String> targets = new ArrayList<>();
    element.getType().stream()
        .filter(type -> type.getCode().equals("Reference"))
        .forEach(type -> type.getTargetProfile().forEach(target -> targets.add(lastPart(target.getValue()))));
    return targets;
  }

  private static String lastPart(String url) {
    return url.substring(url.lastIndexOf('/') + 1);
  }

  private static JsonArray list(List<String> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }
}
